"""Layers through oneDNN: the same as XLA's to what bfloat16 holds, forward and backward."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference.models.layers import Conv
from training.loop import onednn


class Both(nn.Module):
    """A convolution, one that halves the size, one of single pixels, and a dense layer."""

    @nn.compact
    def __call__(self, x):
        x = nn.silu(Conv(8, name="wide")(x))
        x = nn.silu(Conv(8, stride=2, name="half")(x))
        x = nn.silu(Conv(16, kernel_size=1, name="single")(x))
        return nn.Dense(4, name="dense")(x)


@pytest.fixture
def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch computes bfloat16 on any CPU, if slowly where there are no units for it."""
    monkeypatch.setattr(onednn, "available", lambda: True)


@pytest.mark.slow
def test_layers_and_their_gradients_are_those_of_xla(everywhere: None) -> None:
    model, x = Both(), jax.random.normal(jax.random.key(0), (2, 8, 8, 3))
    params = jax.tree.map(
        lambda leaf: jax.random.normal(jax.random.key(1), leaf.shape) / 4,
        model.init(jax.random.key(1), x),
    )

    def energy(params, x):
        return jnp.square(model.apply(params, x)).mean()

    plain = jax.jit(jax.value_and_grad(energy, argnums=(0, 1)))(params, x)
    with onednn.fast_layers():
        lowered = jax.jit(lambda *each: jax.value_and_grad(energy, argnums=(0, 1))(*each))
        fast = lowered(params, x)

    for mine, other in zip(jax.tree.leaves(fast), jax.tree.leaves(plain), strict=True):
        scale = float(np.abs(other).max())
        np.testing.assert_allclose(mine, other, atol=0.04 * scale)
        assert np.abs(np.asarray(mine) - np.asarray(other)).max() > 0, "it went another way"
