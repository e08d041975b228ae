"""A noise level, and what a network's output says about it.

A noisy latent at the level (α, σ) is z = α·x0 + σ·ε with α² + σ² = 1 (the variance-preserving
process of Ho et al. 2020, in the notation of Kingma et al. 2021). k-diffusion's samplers work on
x = z / α = x0 + (σ/α)·ε instead, so they hand the network scale_in·x with scale_in = α.
"""

import math
from typing import NamedTuple

import numpy as np

PREDICTION_TYPES = ("epsilon", "v_prediction", "sample")


class Level(NamedTuple):
    """A noise level of the variance-preserving process."""

    alpha: float
    """Signal scale, √ᾱ."""
    sigma: float
    """Noise scale, √(1 − ᾱ)."""

    @classmethod
    def from_alpha_bar(cls, alpha_bar: float) -> "Level":
        return cls(math.sqrt(alpha_bar), math.sqrt(1.0 - alpha_bar))

    @classmethod
    def from_ratio(cls, ratio: float) -> "Level":
        """From σ/α, what k-diffusion and Karras et al. 2022 call σ."""
        alpha = 1.0 / math.sqrt(ratio**2 + 1.0)
        return cls(alpha, ratio * alpha)

    @property
    def log_snr(self) -> np.float64:
        """λ = log(α/σ), half the logarithm of the signal-to-noise ratio; +∞ without noise."""
        with np.errstate(divide="ignore"):
            return np.log(np.float64(self.alpha)) - np.log(np.float64(self.sigma))


def to_x0(prediction_type: str, level: Level, *, scale_in: float = 1.0) -> tuple[float, float]:
    """(p_x, p_out) with p_x·x + p_out·network(scale_in·x) = x0.

    v = α·ε − σ·x0 is the prediction of Salimans and Ho 2022, appendix D.

    """
    alpha, sigma = level
    if prediction_type == "sample":
        return 0.0, 1.0
    if prediction_type == "v_prediction":
        return alpha * scale_in, -sigma
    assert alpha > 0.0, "NoiseSchedule.level keeps ᾱ above 0 where a network predicts ε"
    return scale_in / alpha, -sigma / alpha


def to_epsilon(prediction_type: str, level: Level, *, scale_in: float = 1.0) -> tuple[float, float]:
    """(p_x, p_out) with p_x·x + p_out·network(scale_in·x) = ε."""
    alpha, sigma = level
    if prediction_type == "epsilon":
        return 0.0, 1.0
    if prediction_type == "v_prediction":
        return sigma * scale_in, alpha
    return scale_in / sigma, -alpha / sigma
