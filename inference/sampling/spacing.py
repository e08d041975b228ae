"""Which of the training timesteps a few sampling steps visit (Lin et al. 2023, table 2).

The names and the rounding are diffusers'. Its schedulers disagree on the grid: DDIM, DDPM, PNDM,
Euler and Heun spread n points over the whole range (`closed`), DPM-Solver and UniPC spread n + 1
and leave out the cleanest (`half_open`). So with one step and "linspace" the first family starts
at timestep 0, which is of no use to anybody, and is what diffusers does.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

SPACINGS = ("leading", "linspace", "trailing")

Timesteps = Float[np.ndarray, "n"]


def closed(spacing: str, steps: int, *, train_steps: int, offset: int) -> Timesteps:
    """n descending timesteps over the whole range; "linspace" ones are fractional."""
    if spacing == "linspace":
        return np.linspace(0, train_steps - 1, steps)[::-1]
    if spacing == "leading":
        return _leading(steps, stride=train_steps // steps, offset=offset)
    return _trailing(steps, train_steps=train_steps)


def half_open(spacing: str, steps: int, *, train_steps: int, offset: int) -> Timesteps:
    """n descending whole timesteps: the first n of n + 1 over the whole range."""
    if spacing == "linspace":
        return np.linspace(0, train_steps - 1, steps + 1).round()[:0:-1]
    if spacing == "leading":
        return _leading(steps + 1, stride=train_steps // (steps + 1), offset=offset)[:-1]
    return _trailing(steps, train_steps=train_steps)


def _leading(points: int, *, stride: int, offset: int) -> Timesteps:
    return np.arange(points, dtype=np.float64)[::-1] * stride + offset


def _trailing(steps: int, *, train_steps: int) -> Timesteps:
    """Exactly n, where `np.arange(T, 0, -T/n)` rounds its way to n + 1 now and then (n = 61)."""
    return np.round(train_steps - np.arange(steps) * (train_steps / steps)) - 1.0


def karras(sigma_max: float, sigma_min: float, steps: int, *, rho: float = 7.0) -> Timesteps:
    """n descending σ, evenly spaced in σ^(1/ρ) (Karras et al. 2022, eq. 5)."""
    ramp = np.linspace(0, 1, steps)
    return (sigma_max ** (1 / rho) * (1 - ramp) + sigma_min ** (1 / rho) * ramp) ** rho


def exponential(sigma_max: float, sigma_min: float, steps: int) -> Timesteps:
    """n descending σ, evenly spaced in log σ, hence in λ (Lu et al. 2022, section 3.3)."""
    return np.exp(np.linspace(np.log(sigma_max), np.log(sigma_min), steps))


def beta(sigma_max: float, sigma_min: float, steps: int) -> Timesteps:
    """n descending σ at the quantiles of Beta(0.6, 0.6) (Lee et al. 2024, arXiv 2407.12173)."""
    from scipy.special import betaincinv

    return sigma_min + betaincinv(0.6, 0.6, 1.0 - np.linspace(0, 1, steps)) * (
        sigma_max - sigma_min
    )


SIGMAS: dict[str, Callable[[float, float, int], Timesteps]] = {
    "karras": karras,
    "exponential": exponential,
    "lu": exponential,
    "beta": beta,
}
"""The spacings of σ. "lu" is "exponential" with other timesteps, where they have to be whole."""
