"""The noise schedule that a network was trained with, from a diffusers `scheduler_config.json`.

Everything is float64 on the host. diffusers computes the same in float32, and agrees to a few 1e-6.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from inference.errors import InvalidRequest
from inference.sampling import spacing
from inference.sampling.betas import signal
from inference.sampling.fields import Config, choice, refuse
from inference.sampling.level import PREDICTION_TYPES, Level
from inference.sampling.options import Option, is_whole, one_of, read, switch

ALPHA_BAR_FLOOR = 2.0**-24
"""What ᾱ_T = 0 becomes where σ/α must be finite: σ/α = 4096, as in diffusers."""

MOST_SIGNAL, LEAST_SIGNAL = 1.0 - 1e-12, 1e-30
"""What ᾱ may be, before it is rescaled to end at 0; every sampler's arithmetic is finite there."""

OPTIONS = {
    "timestep_spacing": one_of("leading", *spacing.SPACINGS),
    "steps_offset": Option(0, lambda got, train_steps: is_whole(got) and 0 <= got < train_steps),
    "rescale_betas_zero_snr": switch(False),
    "use_karras_sigmas": switch(False),
    "use_exponential_sigmas": switch(False),
    "use_beta_sigmas": switch(False),
    "use_lu_lambdas": switch(False),
    "final_sigmas_type": one_of("zero", "sigma_min"),
    "set_alpha_to_one": switch(True),
}
"""How steps are placed on the noise levels, whichever sampler takes them."""

SIGMA_FIELDS = {
    "use_karras_sigmas": "karras",
    "use_lu_lambdas": "lu",
    "use_exponential_sigmas": "exponential",
    "use_beta_sigmas": "beta",
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
    sigma_spacing: str | None = None
    """How σ are spaced where not by timesteps: a key of `spacing.SIGMAS`, or None."""
    final_sigmas_type: str = "zero"
    """Where the other samplers end: at no noise ("zero"), or at the level of timestep 0."""
    set_alpha_to_one: bool = True
    """Where DDIM and PNDM end: at no noise (true), or at the level of timestep 0."""

    @classmethod
    def from_config(cls, config: Config, *, defaults: Config | None = None) -> "NoiseSchedule":
        """Read the schedule's fields; a sampler's own fields are none of its business.

        Raises:
            UnsupportedConfig: The noise levels, or what the network predicts, are not known.
        """
        own = {field: value for field, value in config.items() if value is not None}
        alphas_cumprod = signal(own)
        if alphas_cumprod[0] > MOST_SIGNAL or alphas_cumprod[-1] < LEAST_SIGNAL:
            span = f"ᾱ from {alphas_cumprod[0]:.3g} to {alphas_cumprod[-1]:.3g}"
            raise refuse(
                "beta_schedule", span, expected="one with noise and signal at each timestep"
            )
        options = _options(own, dict(defaults or {}), train_steps=len(alphas_cumprod))
        if options["rescale_betas_zero_snr"]:
            alphas_cumprod = _rescale_zero_terminal_snr(alphas_cumprod)
        sigma_spacings = [kind for field, kind in SIGMA_FIELDS.items() if options[field]]
        return cls(
            alphas_cumprod=alphas_cumprod,
            prediction_type=choice(own, "prediction_type", "epsilon", PREDICTION_TYPES),
            timestep_spacing=options["timestep_spacing"],
            steps_offset=options["steps_offset"],
            sigma_spacing=sigma_spacings[0] if sigma_spacings else None,
            final_sigmas_type=options["final_sigmas_type"],
            set_alpha_to_one=options["set_alpha_to_one"],
        )

    @property
    def train_steps(self) -> int:
        """T."""
        return len(self.alphas_cumprod)

    @property
    def is_zero_terminal(self) -> bool:
        """Whether it ends in pure noise."""
        return float(self.alphas_cumprod[-1]) == 0.0

    @property
    def sigmas(self) -> Float[np.ndarray, "T"]:
        """σ_t/α_t of every training timestep, ascending and finite: the σ of Karras et al. 2022."""
        alpha_bar = np.maximum(self.alphas_cumprod, ALPHA_BAR_FLOOR * (self.alphas_cumprod == 0.0))
        return np.sqrt((1.0 - alpha_bar) / alpha_bar)

    @property
    def final_sigma(self) -> float:
        return 0.0 if self.final_sigmas_type == "zero" else float(self.sigmas[0])

    def level(self, timestep: int) -> Level:
        """The level at a training timestep; below 0 the level that sampling ends at.

        Of a network that predicts ε, ᾱ = 0 is `ALPHA_BAR_FLOOR`: at pure noise ε says nothing about
        x0 (Lin et al. 2023, section 3.2).
        """
        if timestep >= 0:
            alpha_bar = float(self.alphas_cumprod[timestep])
            if alpha_bar == 0.0 and self.prediction_type == "epsilon":
                alpha_bar = ALPHA_BAR_FLOOR
            return Level.from_alpha_bar(alpha_bar)
        return Level(1.0, 0.0) if self.set_alpha_to_one else self.level(0)

    def whole_timesteps(self, steps: int) -> list[int]:
        """For DDIM, DDPM and PNDM: n descending training timesteps."""
        return [int(t) for t in self._within(np.round(self._closed(steps)))]

    def sampling_sigmas(
        self, steps: int
    ) -> tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n+1"]]:
        """For Euler and Heun: n timesteps, fractional, and n + 1 values of σ.

        Other spacings run between the first and the last σ of the plain one.
        """
        timesteps = self._within(self._closed(steps))
        sigmas = np.interp(timesteps, np.arange(self.train_steps), self.sigmas)
        if self.sigma_spacing is not None:
            spread = spacing.SIGMAS[self.sigma_spacing]
            sigmas = spread(float(sigmas[0]), float(sigmas[-1]), steps)
            timesteps = self._timesteps_of(sigmas)
        return timesteps, np.append(sigmas, self.final_sigma)

    def solver_sigmas(self, steps: int) -> tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n+1"]]:
        """For DPM-Solver and UniPC: n timesteps, whole, and n + 1 values of σ.

        Other spacings run over the whole training range, whatever the plain one is. The network is
        given whole timesteps then, the nearest (for "exponential" and "beta" the next below, as in
        diffusers), while the arithmetic uses the exact σ.

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
        if self.sigma_spacing is not None:
            spread = spacing.SIGMAS[self.sigma_spacing]
            sigmas = spread(float(self.sigmas[-1]), float(self.sigmas[0]), steps)
            whole = np.floor if self.sigma_spacing in ("exponential", "beta") else np.round
            timesteps = whole(self._timesteps_of(sigmas))
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


def _options(own: Config, defaults: Config, *, train_steps: int) -> dict[str, Any]:
    """`OPTIONS` as configured, else as `defaults` say, else as they are."""
    given = read(OPTIONS, {**defaults}, train_steps=train_steps)
    mine = {field: Option(given[field], option.fits) for field, option in OPTIONS.items()}
    return read(mine, own, train_steps=train_steps)


def _rescale_zero_terminal_snr(alphas_cumprod: Float[np.ndarray, "T"]) -> Float[np.ndarray, "T"]:
    """Shift and stretch √ᾱ to end at 0 and start where it did (Lin et al. 2023, algorithm 1)."""
    root = np.sqrt(alphas_cumprod)
    return ((root - root[-1]) * root[0] / (root[0] - root[-1])) ** 2
