"""Noise by the published schedule."""

import jax.numpy as jnp
import pytest

from training.embedded import train_base
from training.loop.diffusion import SCHEDULE


def test_noise_is_added_by_the_published_schedule() -> None:
    assert SCHEDULE.alphas_cumprod[-1] == 0.0
    latents, noise = jnp.ones((2, 1, 1, 1)), jnp.full((2, 1, 1, 1), 2.0)

    noisy, velocity = train_base.add_noise(latents, noise, jnp.asarray([0, 999]))

    assert float(noisy[1, 0, 0, 0]) == 2.0
    assert float(velocity[1, 0, 0, 0]) == -1.0
    assert float(noisy[0, 0, 0, 0]) == pytest.approx(1.0, abs=0.1)
