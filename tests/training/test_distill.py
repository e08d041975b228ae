"""Consistency distillation: its arithmetic is the sampler's; a perfect student loses nothing."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference.sampling import build_table
from inference.sampling.denoise import keys_of, sample
from training.captions import WORDINGS
from training.consistency import (
    TIMESTEPS,
    Levels,
    consistency_error,
    ddim_step,
    endpoint,
    pseudo_huber,
)
from training.diffusion import SCHEDULE, SCHEDULER
from training.distill import Config, Store, get_batch

LEVELS = Levels.of_sampler()


def latents(seed: int, count: int = 3) -> jax.Array:
    return jax.random.normal(jax.random.key(seed), (count, 4, 4, 2))


def test_the_levels_are_those_of_the_noise_schedule() -> None:
    timesteps = np.asarray(LEVELS.timestep).astype(int)

    assert list(timesteps[[0, 1, -1]]) == [999, 979, 19]
    np.testing.assert_allclose(
        np.square(LEVELS.alpha), SCHEDULE.alphas_cumprod[timesteps], atol=1e-6
    )
    np.testing.assert_allclose(np.square(LEVELS.alpha) + np.square(LEVELS.sigma), 1.0, atol=1e-6)


@pytest.mark.parametrize("steps", [1, 2, 4, 8])
def test_the_sampler_visits_only_levels_that_were_trained(steps: int) -> None:
    table = build_table("lcm", SCHEDULER, steps)

    assert set(table.rows.timestep) <= set(np.asarray(LEVELS.timestep).tolist())


def test_one_step_of_the_sampler_ends_at_what_training_calls_the_endpoint() -> None:
    x, velocity = latents(0), latents(1)

    painted = sample(
        build_table("lcm", SCHEDULER, 1),
        lambda _x, _t: velocity,
        x,
        keys_of(jnp.arange(3, dtype=jnp.uint32)),
    )

    at = jnp.zeros(3, jnp.int32)
    np.testing.assert_allclose(painted, endpoint(LEVELS, at, x, velocity), atol=1e-5)


def test_the_teachers_step_is_ddims() -> None:
    x, velocity = latents(0), latents(1)
    at = jnp.asarray([0, 20, TIMESTEPS - 1])

    stepped = ddim_step(LEVELS, at, x, velocity)

    for i, level in enumerate(np.asarray(at)):
        now = SCHEDULE.level(int(LEVELS.timestep[level]))
        last = level == TIMESTEPS - 1
        then = SCHEDULE.level(-1 if last else int(LEVELS.timestep[level + 1]))
        x0 = now.alpha * x[i] - now.sigma * velocity[i]
        noise = now.sigma * x[i] + now.alpha * velocity[i]
        np.testing.assert_allclose(stepped[i], then.alpha * x0 + then.sigma * noise, atol=1e-5)


def test_the_boundary_is_all_but_the_clean_picture_at_the_last_level() -> None:
    assert float(LEVELS.c_skip[-1]) < 1e-4
    assert float(LEVELS.c_out[-1]) == pytest.approx(1.0, abs=1e-4)


def test_pseudo_huber_is_zero_for_no_difference_and_grows_like_the_norm() -> None:
    nothing = jnp.zeros((2, 4, 4, 2))

    assert float(pseudo_huber(nothing)) == 0.0
    assert float(pseudo_huber(nothing + 10.0)) == pytest.approx(10.0 * 32**0.5, rel=1e-3)


def knows(shade: jax.Array | float):
    """A network that says that every picture is of this shade, whatever it is asked."""

    def velocity(x: jax.Array, at: jax.Array) -> jax.Array:
        alpha, sigma = (v[at][:, None, None, None] for v in (LEVELS.alpha, LEVELS.sigma))
        return (alpha * x - shade) / sigma

    return velocity


def error(student_shade: jax.Array | float, at: jax.Array) -> jax.Array:
    x, student = latents(0, len(at)), knows(student_shade)
    return consistency_error(
        LEVELS, at, x, guided=knows(0.7)(x, at), here=student(x, at), there=student
    )


@pytest.mark.slow
def test_a_student_that_knows_the_end_of_every_path_loses_nothing() -> None:
    at = jnp.arange(TIMESTEPS)

    assert float(error(0.7, at)) == pytest.approx(0.0, abs=1e-3)
    # All but the last level only ask that the student agrees with itself.
    assert float(error(0.1, at[:-1])) == pytest.approx(0.0, abs=1e-2)
    assert float(error(0.1, at[-1:])) > 1.0


def test_the_end_of_the_path_is_learned_at_the_last_level() -> None:
    slope = jax.grad(lambda shade: error(shade, jnp.asarray([TIMESTEPS - 1])))

    assert float(slope(jnp.float32(0.1))) < 0.0
    assert float(slope(jnp.float32(1.3))) > 0.0


def toy_store(count: int) -> Store:
    return Store(
        latents=jnp.full((count, 4, 4, 2), 0.7),
        input_ids=jnp.zeros((count, len(WORDINGS), 6), jnp.int32),
        base={},
    )


def test_controls_take_turns() -> None:
    one, other = toy_store(5), toy_store(6)
    config = Config(data=Path(), base=Path(), out=Path(), batch_size=4)

    sizes = [len(get_batch((one, other), config, step).store.latents) for step in range(4)]

    assert sizes == [5, 6, 5, 6]
