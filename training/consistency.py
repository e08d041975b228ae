"""The arithmetic of consistency distillation, on the noise levels of the sampler `lcm`.

Axes: `T` timesteps of the sampler, `B` samples, `H W C` the latent grid.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from inference.sampling import build_table
from training.diffusion import SCHEDULER

TIMESTEPS = 50
"""What `inference.sampling.samplers.lcm` draws its timesteps from."""


Velocity = Callable[[Array, Array], Array]
"""(x, index of its level) to the velocity v = α ε - σ x_0."""


class Levels(NamedTuple):
    """The sampler's timesteps, noisiest first: x = α x_0 + σ ε, and f = c_skip x + c_out x_0."""

    timestep: Float[Array, " T"]
    alpha: Float[Array, " T"]
    sigma: Float[Array, " T"]
    c_skip: Float[Array, " T"]
    c_out: Float[Array, " T"]

    @classmethod
    def of_sampler(cls) -> "Levels":
        """From the table of `lcm`: x_0 = p_x x + p_out v, x' = α' (c_skip x + c_out x_0) + σ' ξ."""
        rows = build_table("lcm", SCHEDULER, TIMESTEPS).rows
        alpha, sigma = rows.predict[:, 0], -rows.predict[:, 1]
        then = np.append(alpha[1:], 1.0)
        values = (rows.timestep, alpha, sigma, rows.update[:, 0, 0], rows.update[:, 0, 2])
        timestep, alpha, sigma, skip, out = (jnp.asarray(v, jnp.float32) for v in values)
        return cls(timestep, alpha, sigma, skip / then, out / then)


def endpoint(
    levels: Levels,
    at: Int[Array, " B"],
    x: Float[Array, "B H W C"],
    velocity: Float[Array, "B H W C"],
) -> Float[Array, "B H W C"]:
    """What the sampler takes the end of the path to be: f = c_skip x + c_out x_0."""
    alpha, sigma, skip, out = (
        v[at][:, None, None, None]
        for v in (levels.alpha, levels.sigma, levels.c_skip, levels.c_out)
    )
    return skip * x + out * (alpha * x - sigma * velocity)


def ddim_step(
    levels: Levels,
    at: Int[Array, " B"],
    x: Float[Array, "B H W C"],
    velocity: Float[Array, "B H W C"],
) -> Float[Array, "B H W C"]:
    """One step of DDIM to the next level; from the last one to no noise at all."""
    alphas, sigmas = jnp.append(levels.alpha, 1.0), jnp.append(levels.sigma, 0.0)
    alpha, sigma, alpha_next, sigma_next = (
        v[:, None, None, None] for v in (alphas[at], sigmas[at], alphas[at + 1], sigmas[at + 1])
    )
    x0, noise = alpha * x - sigma * velocity, sigma * x + alpha * velocity
    return alpha_next * x0 + sigma_next * noise


def pseudo_huber(
    difference: Float[Array, "B H W C"],
) -> Float[Array, ""]:
    """√(‖d‖² + c²) - c with c = 0.00054 √dim (Song and Dhariwal 2023, section 3.3)."""
    size = difference[0].size
    c = 0.00054 * size**0.5
    return (jnp.sqrt(jnp.square(difference).sum((1, 2, 3)) + c**2) - c).mean()


def consistency_error(
    levels: Levels,
    at: Int[Array, " B"],
    x: Float[Array, "B H W C"],
    *,
    guided: Float[Array, "B H W C"],
    here: Float[Array, "B H W C"],
    there: Velocity,
) -> Float[Array, ""]:
    """How far the student's endpoints from two neighbouring points of a path are from each other.

    `guided` and `here` are the velocities at x that the guided teacher and the student predict;
    `there` is the student, which is asked once more where the teacher's step leads. That answer is
    what the other has to come to, and is not averaged over earlier students (Song and Dhariwal
    2023, section 3.2). From the last level the step leads to the clean picture itself.
    """
    x_next = ddim_step(levels, at, x, guided)
    at_next = jnp.minimum(at + 1, TIMESTEPS - 1)
    is_last = (at == TIMESTEPS - 1)[:, None, None, None]
    expected = endpoint(levels, at_next, x_next, there(x_next, at_next))
    target = jax.lax.stop_gradient(jnp.where(is_last, x_next, expected))
    return pseudo_huber(endpoint(levels, at, x, here) - target)
