"""The betas that a network was trained with, from a diffusers `scheduler_config.json`.

β_t is the noise that training step t of T adds, and ᾱ_t = Π (1 − β) the signal that is left.
"""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from inference.sampling.fields import Config, choice, integer, number, origin, refuse

BETA_SCHEDULES = ("linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "laplace")

MAX_TRAIN_STEPS = 100_000

STABLE_DIFFUSION_BETAS = ("scaled_linear", 0.00085, 0.012)

_LINEAR_BETAS = ("linear", 0.0001, 0.02)

BETA_DEFAULTS = {
    "": _LINEAR_BETAS,
    "CogVideoXDDIMScheduler": STABLE_DIFFUSION_BETAS,
    "CogVideoXDPMScheduler": STABLE_DIFFUSION_BETAS,
    "DDIMInverseScheduler": _LINEAR_BETAS,
    "DDIMParallelScheduler": _LINEAR_BETAS,
    "DDIMScheduler": _LINEAR_BETAS,
    "DDPMParallelScheduler": _LINEAR_BETAS,
    "DDPMScheduler": _LINEAR_BETAS,
    "DEISMultistepScheduler": _LINEAR_BETAS,
    "DPMSolverMultistepInverseScheduler": _LINEAR_BETAS,
    "DPMSolverMultistepScheduler": _LINEAR_BETAS,
    "DPMSolverSDEScheduler": ("linear", 0.00085, 0.012),
    "DPMSolverSinglestepScheduler": _LINEAR_BETAS,
    "EulerAncestralDiscreteScheduler": _LINEAR_BETAS,
    "EulerDiscreteScheduler": _LINEAR_BETAS,
    "HeunDiscreteScheduler": ("linear", 0.00085, 0.012),
    "KDPM2AncestralDiscreteScheduler": ("linear", 0.00085, 0.012),
    "KDPM2DiscreteScheduler": ("linear", 0.00085, 0.012),
    "LCMScheduler": STABLE_DIFFUSION_BETAS,
    "LMSDiscreteScheduler": _LINEAR_BETAS,
    "PNDMScheduler": _LINEAR_BETAS,
    "RePaintScheduler": _LINEAR_BETAS,
    "SASolverScheduler": _LINEAR_BETAS,
    "TCDScheduler": STABLE_DIFFUSION_BETAS,
    "UnCLIPScheduler": ("squaredcos_cap_v2", 0.0001, 0.02),
    "UniPCMultistepScheduler": _LINEAR_BETAS,
}
"""What diffusers' classes take for the betas that a configuration lacks: the schedule, from, to."""

_SNR_SHIFTS = {"CogVideoXDDIMScheduler": 3.0, "CogVideoXDPMScheduler": 3.0}


def signal(config: Config) -> Float[np.ndarray, "T"]:
    """ᾱ_t, the part of a picture's variance that is left at each training timestep, descending.

    Raises UnsupportedConfig where the configuration does not say.
    """
    alphas_cumprod = np.cumprod(1.0 - _betas(config))
    # CogVideoX's schedulers divide the signal-to-noise ratio by this.
    shift = number(config, "snr_shift_scale", _SNR_SHIFTS.get(origin(config), 1.0))
    if not 1e-3 <= shift <= 1e3:
        raise refuse("snr_shift_scale", shift, expected="from 0.001 to 1000")
    return alphas_cumprod / (shift + (1.0 - shift) * alphas_cumprod)


def _betas(config: Config) -> Float[np.ndarray, "T"]:
    """β_t, the noise that training step t adds."""
    train_steps = integer(config, "num_train_timesteps", 1000, at_least=2)
    if train_steps > MAX_TRAIN_STEPS:
        raise refuse("num_train_timesteps", train_steps, expected=f"at most {MAX_TRAIN_STEPS}")
    if config.get("trained_betas") is not None:
        return _trained_betas(config["trained_betas"], train_steps)
    kind, start, end = BETA_DEFAULTS.get(origin(config), STABLE_DIFFUSION_BETAS)
    kind = choice(config, "beta_schedule", kind, BETA_SCHEDULES)
    start, end = number(config, "beta_start", start), number(config, "beta_end", end)
    for field, beta in (("beta_start", start), ("beta_end", end)):
        if not 0.0 < beta < 1.0:
            raise refuse(field, beta, expected="between 0 and 1")
    if kind == "linear":
        return np.linspace(start, end, train_steps)
    if kind == "scaled_linear":
        return np.linspace(math.sqrt(start), math.sqrt(end), train_steps) ** 2
    if kind == "sigmoid":  # GeoDiff (Xu et al. 2022)
        return start + (end - start) / (1.0 + np.exp(-np.linspace(-6.0, 6.0, train_steps)))
    return _betas_of(_cosine if kind == "squaredcos_cap_v2" else _laplace, train_steps)


def _trained_betas(got: object, train_steps: int) -> Float[np.ndarray, "T"]:
    try:
        betas = np.asarray(got, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        betas = np.zeros(0)
    if betas.shape != (train_steps,) or not np.all((betas > 0.0) & (betas < 1.0)):
        summary = f"{len(betas)} numbers" if betas.ndim == 1 and len(betas) else type(got).__name__
        raise refuse(
            "trained_betas",
            summary,
            expected=f"a list of {train_steps} numbers between 0 and 1, one per training timestep",
        )
    return betas


def _betas_of(
    alpha_bar: Callable[[np.ndarray], np.ndarray], train_steps: int, *, max_beta: float = 0.999
) -> Float[np.ndarray, "T"]:
    """Of ᾱ as a function of t/T, with β at most 0.999."""
    levels = alpha_bar(np.arange(train_steps + 1) / train_steps)
    return np.minimum(1.0 - levels[1:] / levels[:-1], max_beta)


def _cosine(t: np.ndarray) -> np.ndarray:
    """Nichol and Dhariwal 2021, eq. 17."""
    return np.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2


def _laplace(t: np.ndarray) -> np.ndarray:
    """Hang et al. 2024 (arXiv 2407.03297), as diffusers has it."""
    log_snr = -0.5 * np.copysign(1.0, 0.5 - t) * np.log(1.0 - 2.0 * np.abs(0.5 - t) + 1e-6)
    snr = np.exp(log_snr)
    return np.sqrt(snr / (1.0 + snr))
