import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference.models.layers import GroupNorm, convolved_in_phases, convolved_large
from tests.inference.models.reference import assert_equal, draw


@pytest.mark.parametrize(("H", "W"), [(1, 1), (5, 8)])
def test_an_enlarged_grid_is_convolved_in_phases_to_the_same(H, W):
    x, kernel = jnp.asarray(draw(2, H, W, 3)), jnp.asarray(draw(3, 3, 3, 4, seed=2))
    assert_equal(convolved_in_phases(x, kernel), np.asarray(convolved_large(x, kernel)), 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(2, 6, 5, 16), (2, 7, 16)], ids=["grid", "tokens"])
def test_groups_are_normalised_as_flax_does(shape):
    x = 3.0 + 2.0 * draw(*shape)
    params = {"scale": jnp.asarray(draw(16, seed=2)), "bias": jnp.asarray(draw(16, seed=3))}
    ours = GroupNorm(4, epsilon=1e-5).apply({"params": params}, jnp.asarray(x))
    theirs = nn.GroupNorm(4, epsilon=1e-5).apply({"params": params}, jnp.asarray(x))
    assert_equal(ours, np.asarray(theirs), 1e-5)


@pytest.mark.slow
def test_a_grid_is_normalised_alike_in_any_batch():
    x = jnp.asarray(draw(3, 16, 16, 32))
    norm = GroupNorm(8, epsilon=1e-5)
    params = norm.init(jax.random.key(0), x)
    run = jax.jit(norm.apply)
    np.testing.assert_array_equal(run(params, x)[1:2], run(params, x[1:2]))
