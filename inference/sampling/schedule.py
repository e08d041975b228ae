"""The noise schedule that a network was trained with, from a diffusers `scheduler_config.json`.

Everything is float64 on the host. diffusers computes the same in float32, and agrees to a few 1e-6.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from inference.errors import InvalidRequest
from inference.sampling import spacing
from inference.sampling.fields import Config, choice, flag, integer, number, refuse
from inference.sampling.level import PREDICTION_TYPES, Level

BETA_SCHEDULES = ("linear", "scaled_linear", "squaredcos_cap_v2")

ALPHA_BAR_FLOOR = 2.0**-24
"""What ᾱ_T = 0 becomes where σ/α must be finite: σ/α = 4096, as in diffusers."""

MOST_SIGNAL, LEAST_SIGNAL = 1.0 - 1e-12, 1e-30
"""What ᾱ may be, before it is rescaled to end at 0; every sampler's arithmetic is finite there."""

MAX_TRAIN_STEPS = 100_000

_BETA_DEFAULTS = {
    "LCMScheduler": ("scaled_linear", 0.00085, 0.012),
    "HeunDiscreteScheduler": ("linear", 0.00085, 0.012),
}


@dataclass(frozen=True)
class NoiseSchedule:
    """T noise levels, and how a few sampling steps are placed on them.

    What a configuration leaves out takes the default of diffusers' class for the sampler in use;
    `from_config` is given them as `defaults`.
    """

    alphas_cumprod: Float[np.ndarray, "T"]
    """ᾱ_t, descending; the last is 0 for a schedule of zero terminal SNR."""
    prediction_type: str = "epsilon"
    timestep_spacing: str = "leading"
    steps_offset: int = 0
    use_karras_sigmas: bool = False
    final_sigmas_type: str = "zero"
    """Where the other samplers end: at no noise ("zero"), or at the level of timestep 0."""
    set_alpha_to_one: bool = True
    """Where DDIM and PNDM end: at no noise (true), or at the level of timestep 0."""

    @classmethod
    def from_config(cls, config: Config, *, defaults: Config | None = None) -> "NoiseSchedule":
        """Read the schedule's fields; a sampler's own fields are none of its business.

        Raises:
            UnsupportedConfig: A field that would change the computation has an unsupported value.
        """
        known = dict(defaults or {}) | {k: v for k, v in config.items() if v is not None}
        alphas_cumprod = np.cumprod(1.0 - _betas(known))
        if alphas_cumprod[0] > MOST_SIGNAL or alphas_cumprod[-1] < LEAST_SIGNAL:
            span = f"ᾱ from {alphas_cumprod[0]:.3g} to {alphas_cumprod[-1]:.3g}"
            raise refuse(
                "beta_schedule", span, expected="one with noise and signal at each timestep"
            )
        if flag(known, "rescale_betas_zero_snr", False):
            alphas_cumprod = _rescale_zero_terminal_snr(alphas_cumprod)
        return cls(
            alphas_cumprod=alphas_cumprod,
            prediction_type=choice(known, "prediction_type", "epsilon", PREDICTION_TYPES),
            timestep_spacing=choice(known, "timestep_spacing", "leading", spacing.SPACINGS),
            steps_offset=_offset(known, len(alphas_cumprod)),
            use_karras_sigmas=flag(known, "use_karras_sigmas", False),
            final_sigmas_type=choice(known, "final_sigmas_type", "zero", ("zero", "sigma_min")),
            set_alpha_to_one=flag(known, "set_alpha_to_one", True),
        )

    @property
    def train_steps(self) -> int:
        """T."""
        return len(self.alphas_cumprod)

    @property
    def sigmas(self) -> Float[np.ndarray, "T"]:
        """σ_t/α_t of every training timestep, ascending and finite: the σ of Karras et al. 2022."""
        alpha_bar = np.maximum(self.alphas_cumprod, ALPHA_BAR_FLOOR * (self.alphas_cumprod == 0.0))
        return np.sqrt((1.0 - alpha_bar) / alpha_bar)

    @property
    def final_sigma(self) -> float:
        return 0.0 if self.final_sigmas_type == "zero" else float(self.sigmas[0])

    def level(self, timestep: int) -> Level:
        """The level at a training timestep; below 0 the level that sampling ends at."""
        if timestep >= 0:
            return Level.from_alpha_bar(float(self.alphas_cumprod[timestep]))
        return Level(1.0, 0.0) if self.set_alpha_to_one else self.level(0)

    def whole_timesteps(self, steps: int) -> list[int]:
        """For DDIM, DDPM and PNDM: n descending training timesteps."""
        return [int(t) for t in self._within(np.round(self._closed(steps)))]

    def sampling_sigmas(
        self, steps: int
    ) -> tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n+1"]]:
        """For Euler and Heun: n timesteps, fractional, and n + 1 values of σ.

        Karras spacing runs between the first and the last σ of the plain spacing.
        """
        timesteps = self._within(self._closed(steps))
        sigmas = np.interp(timesteps, np.arange(self.train_steps), self.sigmas)
        if self.use_karras_sigmas:
            sigmas = spacing.karras(float(sigmas[0]), float(sigmas[-1]), steps)
            timesteps = self._timesteps_of(sigmas)
        return timesteps, np.append(sigmas, self.final_sigma)

    def solver_sigmas(self, steps: int) -> tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n+1"]]:
        """For DPM-Solver and UniPC: n timesteps, whole, and n + 1 values of σ.

        Karras spacing runs over the whole training range, whatever the plain spacing is; the
        network is given the nearest whole timestep while the arithmetic uses the exact σ.

        Raises:
            InvalidRequest: Two steps start at the same σ, so that there is no slope between them.
        """
        timesteps = self._within(
            spacing.half_open(
                self.timestep_spacing,
                steps,
                train_steps=self.train_steps,
                offset=self.steps_offset,
            )
        )
        sigmas = self.sigmas[timesteps.astype(int)]
        if self.use_karras_sigmas:
            sigmas = spacing.karras(float(self.sigmas[-1]), float(self.sigmas[0]), steps)
            timesteps = np.round(self._timesteps_of(sigmas))
        if (np.diff(sigmas) >= 0.0).any():
            raise InvalidRequest(
                f"{steps} steps of {self.timestep_spacing!r} spacing must have distinct noise "
                f"levels, got one twice with an offset of {self.steps_offset}; use fewer steps",
                field="steps",
            )
        return timesteps, np.append(sigmas, self.final_sigma)

    def _closed(self, steps: int) -> Float[np.ndarray, "n"]:
        return spacing.closed(
            self.timestep_spacing, steps, train_steps=self.train_steps, offset=self.steps_offset
        )

    def _within(self, timesteps: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
        """An offset may point past the end (1000 "leading" steps + 1), where diffusers stops."""
        return np.minimum(timesteps, self.train_steps - 1.0)

    def _timesteps_of(self, sigmas: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
        """Linear in log σ between training timesteps."""
        return np.interp(np.log(sigmas), np.log(self.sigmas), np.arange(self.train_steps))


def _offset(config: Config, train_steps: int) -> int:
    offset = integer(config, "steps_offset", 0, at_least=0)
    if offset >= train_steps:
        raise refuse("steps_offset", offset, expected=f"below {train_steps}")
    return offset


def _betas(config: Config) -> Float[np.ndarray, "T"]:
    """β_t, the noise that training step t adds."""
    train_steps = integer(config, "num_train_timesteps", 1000, at_least=2)
    if train_steps > MAX_TRAIN_STEPS:
        raise refuse("num_train_timesteps", train_steps, expected=f"at most {MAX_TRAIN_STEPS}")
    if config.get("trained_betas") is not None:
        return _trained_betas(config["trained_betas"], train_steps)
    origin = str(config.get("_class_name", "")).removeprefix("Flax")
    kind, start, end = _BETA_DEFAULTS.get(origin, ("linear", 0.0001, 0.02))
    kind = choice(config, "beta_schedule", kind, BETA_SCHEDULES)
    start, end = number(config, "beta_start", start), number(config, "beta_end", end)
    for field, beta in (("beta_start", start), ("beta_end", end)):
        if not 0.0 < beta < 1.0:
            raise refuse(field, beta, expected="between 0 and 1")
    if kind == "linear":
        return np.linspace(start, end, train_steps)
    if kind == "scaled_linear":
        return np.linspace(math.sqrt(start), math.sqrt(end), train_steps) ** 2
    return _cosine_betas(train_steps)


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


def _cosine_betas(train_steps: int, *, max_beta: float = 0.999) -> Float[np.ndarray, "T"]:
    """Nichol and Dhariwal 2021, eq. 17, with their β at most 0.999."""
    alpha_bar = (
        np.cos((np.arange(train_steps + 1) / train_steps + 0.008) / 1.008 * math.pi / 2) ** 2
    )
    return np.minimum(1.0 - alpha_bar[1:] / alpha_bar[:-1], max_beta)


def _rescale_zero_terminal_snr(alphas_cumprod: Float[np.ndarray, "T"]) -> Float[np.ndarray, "T"]:
    """Shift and stretch √ᾱ to end at 0 and start where it did (Lin et al. 2023, algorithm 1)."""
    root = np.sqrt(alphas_cumprod)
    return ((root - root[-1]) * root[0] / (root[0] - root[-1])) ** 2
