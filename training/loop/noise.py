"""Random draws of a training step: noise, timesteps, where in their latents, who goes wordless."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from training.loop.encoding import Encoded


class Draws(NamedTuple):
    """`latents` are of each picture's distribution, `timesteps` from 0 to T-1."""

    latents: Float[Array, "B h w Z"]
    noise: Float[Array, "B h w Z"]
    timesteps: Int[Array, " B"]
    wordless: Bool[Array, " B"]


def draw(
    key: PRNGKeyArray,
    encoded: Encoded,
    *,
    batch_size: int,
    timesteps: int,
    prompt_dropout: float,
) -> Draws:
    """By each picture's place in the whole batch of `batch_size`, whichever part of it is here.

    `timesteps` is T, `prompt_dropout` the share of the pictures that go without words.
    """
    keys = jax.vmap(lambda place: jax.random.split(jax.random.fold_in(key, place), 4))(
        encoded.position
    )
    shape = encoded.mean.shape[1:]
    noise, spread = (
        jax.vmap(lambda k: jax.random.normal(k, shape))(keys[:, at]) for at in range(2)
    )
    share, chance = (jax.vmap(jax.random.uniform)(keys[:, at]) for at in range(2, 4))
    # One from each of B equal ranges: a step sees all levels of noise (Kingma et al. 2021).
    drawn = ((encoded.position + share) / batch_size * timesteps).astype(jnp.int32)
    return Draws(
        latents=encoded.mean + encoded.deviation * spread,
        noise=noise,
        timesteps=jnp.clip(drawn, 0, timesteps - 1),
        wordless=chance < prompt_dropout,
    )
