import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from inference.models.attention import attend
from inference.models.splash import splash_attention, suits
from tests.inference.models.reference import assert_equal, draw


def _qkv(tokens, keys, heads, head_dim):
    shapes = (tokens, keys, keys)
    return tuple(draw(2, n, heads, head_dim, seed=i) for i, n in enumerate(shapes))


def _torch(query, key, value, **options):
    query, key, value = (torch.tensor(a).transpose(1, 2) for a in (query, key, value))
    out = torch.nn.functional.scaled_dot_product_attention(query, key, value, **options)
    return out.transpose(1, 2).numpy()


@pytest.mark.parametrize("causal", [False, True])
def test_attention_equals_pytorch(causal):
    qkv = _qkv(12, 12, 2, 8)
    ours = attend(*map(jnp.asarray, qkv), causal=causal)
    assert_equal(ours, _torch(*qkv, is_causal=causal), 1e-5)


def test_scores_are_float32_in_half_precision():
    query = np.full((1, 4, 1, 16), 100.0, np.float16)
    value = draw(1, 4, 1, 16).astype(np.float16)
    ours = attend(*map(jnp.asarray, (query, query, value)))
    assert ours.dtype == jnp.float16
    np.testing.assert_allclose(
        np.asarray(ours[0, 0, 0], np.float32),
        value.astype(np.float32).mean((0, 1, 2)),
        atol=1e-3,
    )


def test_the_tpu_kernel_computes_the_same():
    qkv = _qkv(256, 384, 2, 40)
    ours = splash_attention(*map(jnp.asarray, qkv), interpret=True)
    assert_equal(ours, _torch(*qkv), 1e-5)


def test_the_tpu_kernel_is_for_large_whole_shapes():
    assert suits(4096, 4096, 40)
    assert suits(1024, 1024, 160)
    assert not suits(4096, 77, 40)
    assert not suits(256, 256, 160)
    assert not suits(1025, 1025, 64)
    assert not suits(4096, 4096, 512)


def test_a_large_grid_is_computed_plainly_on_a_cpu():
    qkv = _qkv(1024, 1024, 1, 8)
    run = jax.jit(attend)
    assert_equal(run(*map(jnp.asarray, qkv)), _torch(*qkv), 1e-5)
    assert "mosaic" not in run.lower(*map(jnp.asarray, qkv)).as_text()
