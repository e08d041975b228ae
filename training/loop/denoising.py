"""Denoising loss: a batch's errors weighted to one number, and what is logged of them."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from training.loop.objective import Objective
from training.loop.update import Losses, Mean

BINS = 10
"""Equal ranges of timesteps, for each of which the loss is logged."""


def denoising_loss(
    errors: Float[Array, " B"], timesteps: Int[Array, " B"], objective: Objective
) -> tuple[Float[Array, ""], Losses]:
    """What is minimised, weighted as the objective says, and the plain loss, also by timestep."""
    by_time = {}
    for at in range(BINS):
        low, high = (objective.timesteps * i // BINS for i in (at, at + 1))
        inside = ((timesteps >= low) & (timesteps < high)).astype(jnp.float32)
        by_time[f"loss/{low}-{high - 1}"] = Mean((errors * inside).sum(), inside.sum())
    weighted = (errors * objective.weight(timesteps)).mean()
    return weighted, {"loss": errors.mean(), **by_time}
