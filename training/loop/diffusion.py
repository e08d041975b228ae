"""Forward diffusion: noise on latents, and what the denoiser is to say about it."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from training.loop.objective import Objective

SCHEDULER: dict[str, Any] = {
    "_class_name": "DDIMScheduler",
    "num_train_timesteps": 1000,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "rescale_betas_zero_snr": True,
    "prediction_type": "v_prediction",
    "timestep_spacing": "trailing",
    "set_alpha_to_one": True,
    "steps_offset": 0,
    "clip_sample": False,
}
"""The `scheduler_config.json` of what is trained here: zero terminal SNR (Lin et al. 2023), so that
sampling starts from pure noise and white backgrounds are learned as white."""

OBJECTIVE = Objective.of(SCHEDULER)
SCHEDULE = OBJECTIVE.schedule


def stratified_timesteps(key: PRNGKeyArray, count: int) -> Int[Array, " B"]:
    """Uniform over the training timesteps, one from each of `count` equal ranges."""
    shares = (jnp.arange(count) + jax.random.uniform(key, (count,))) / count
    return jnp.minimum((shares * SCHEDULE.train_steps).astype(jnp.int32), SCHEDULE.train_steps - 1)


def add_noise(
    latents: Float[Array, "B H W C"], noise: Float[Array, "B H W C"], timesteps: Int[Array, " B"]
) -> tuple[Float[Array, "B H W C"], Float[Array, "B H W C"]]:
    """Noisy latents, and the velocity that is to be predicted from them.

    x_t = α x_0 + σ ε and v = α ε - σ x_0 (Salimans and Ho 2022, appendix D).
    """
    return OBJECTIVE.noisy(latents, noise, timesteps), OBJECTIVE.target(latents, noise, timesteps)


def clean(
    noisy: Float[Array, "B H W C"], velocity: Float[Array, "B H W C"], timesteps: Int[Array, " B"]
) -> Float[Array, "B H W C"]:
    """The latents without noise that a velocity amounts to: x_0 = α x_t - σ v."""
    alpha, sigma = OBJECTIVE.rates(timesteps)
    return alpha * noisy - sigma * velocity
