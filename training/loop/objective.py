"""Training objective: what a denoiser is to predict, and how much each timestep counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from inference.sampling.schedule import NoiseSchedule


@dataclass(frozen=True)
class Objective:
    """The noise schedule of a checkpoint, and what its network predicts.

    With `snr_gamma`, timesteps count as in min-SNR weighting (Hang et al. 2023, section 3.4): as
    min(SNR, γ) / SNR where noise is predicted, min(SNR, γ) / (SNR + 1) where velocity is, and
    min(SNR, γ) where the clean sample is. At pure noise, where SNR is 0, the weight is 1.
    """

    schedule: NoiseSchedule
    snr_gamma: float | None = None

    @classmethod
    def of(cls, scheduler: Mapping[str, Any], *, snr_gamma: float | None = None) -> "Objective":
        """From a `scheduler_config.json`. Raises UnsupportedConfig."""
        return cls(NoiseSchedule.from_config(scheduler), snr_gamma)

    @property
    def timesteps(self) -> int:
        """T."""
        return self.schedule.train_steps

    def noisy(
        self, latents: Float[Array, "B H W C"], noise: Float[Array, "B H W C"], t: Int[Array, " B"]
    ) -> Float[Array, "B H W C"]:
        """x_t = α x_0 + σ ε."""
        alpha, sigma = self.rates(t)
        return alpha * latents + sigma * noise

    def target(
        self, latents: Float[Array, "B H W C"], noise: Float[Array, "B H W C"], t: Int[Array, " B"]
    ) -> Float[Array, "B H W C"]:
        """ε, x_0, or v = α ε - σ x_0 (Salimans and Ho 2022, appendix D)."""
        match self.schedule.prediction_type:
            case "epsilon":
                return noise
            case "sample":
                return latents
            case _:
                alpha, sigma = self.rates(t)
                return alpha * noise - sigma * latents

    def weight(self, t: Int[Array, " B"]) -> Float[Array, " B"]:
        """What each sample's squared error is multiplied by."""
        if self.snr_gamma is None:
            return jnp.ones(t.shape, jnp.float32)
        alpha_bar = self._alpha_bar[t]
        pure = alpha_bar == 0.0
        snr = alpha_bar / (1.0 - alpha_bar)
        kept = jnp.minimum(snr, self.snr_gamma)
        divisor = {"epsilon": snr, "sample": 1.0}.get(self.schedule.prediction_type, snr + 1.0)
        return jnp.where(pure, 1.0, kept / jnp.where(pure, 1.0, divisor))

    @property
    def _alpha_bar(self) -> Float[Array, " T"]:
        return jnp.asarray(self.schedule.alphas_cumprod, jnp.float32)

    def rates(self, t: Int[Array, " B"]) -> tuple[Array, Array]:
        """α and σ, to be multiplied with latents."""
        alpha_bar = self._alpha_bar[t][:, None, None, None]
        return jnp.sqrt(alpha_bar), jnp.sqrt(1.0 - alpha_bar)
