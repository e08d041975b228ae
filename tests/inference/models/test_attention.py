from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from jax.sharding import AbstractMesh, AxisType, NamedSharding, PartitionSpec

from inference.models import blocked
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_tpu_kernel_computes_the_same():
    qkv = _qkv(256, 384, 2, 40)
    ours = splash_attention(*map(jnp.asarray, qkv), interpret=True)
    assert_equal(ours, _torch(*qkv), 1e-5)


def test_several_tpus_each_attend_in_their_own_images():
    mesh = AbstractMesh((4,), ("devices",))
    rows = NamedSharding(mesh, PartitionSpec("devices"))
    tokens = jax.ShapeDtypeStruct((8, 1024, 2, 40), jnp.bfloat16, sharding=rows)

    with jax.sharding.use_abstract_mesh(mesh):
        traced = jax.jit(attend).trace(tokens, tokens, tokens)
    program = traced.lower(lowering_platforms=("tpu",)).as_text()

    kernel = next(line for line in program.splitlines() if "tpu_custom_call" in line)
    assert "2x2x1024x40xbf16" in kernel, "two images of the eight, two heads"


def test_the_tpu_kernel_computes_the_same_where_devices_are_named():
    qkv = tuple(map(jnp.asarray, _qkv(256, 256, 2, 40)))
    with jax.set_mesh(jax.make_mesh((1,), ("devices",), axis_types=(AxisType.Auto,))):
        ours = jax.jit(partial(splash_attention, interpret=True))(*qkv)
    assert_equal(ours, _torch(*map(np.asarray, qkv)), 1e-5)


def test_the_tpu_kernel_is_for_large_whole_shapes():
    assert suits(4096, 4096, 40)
    assert suits(1024, 1024, 160)
    assert not suits(4096, 77, 40)
    assert not suits(256, 256, 160)
    assert not suits(1025, 1025, 64)
    assert not suits(4096, 4096, 512)


@pytest.mark.slow
@pytest.mark.parametrize(("tokens", "keys"), [(1024, 1024), (48 * 96, 77)])
def test_a_large_grid_is_computed_in_blocks_on_a_cpu(tokens, keys):
    qkv = tuple(map(jnp.asarray, _qkv(tokens, keys, 2, 8)))
    run = jax.jit(attend).lower(*qkv)
    assert f"{tokens}x{keys}xf32" not in run.as_text(), "no tensor holds a head's scores"
    assert_equal(run.compile()(*qkv), _torch(*map(np.asarray, qkv)), 1e-5)


@pytest.mark.slow
def test_a_head_attends_alike_in_any_batch():
    query, key, value = map(jnp.asarray, _qkv(512, 512, 2, 8))
    run = jax.jit(attend)
    alone = run(query[1:], key[1:], value[1:])
    np.testing.assert_array_equal(run(query, key, value)[1:], alone)


@pytest.mark.slow
def test_gradients_pass_through_blocks():
    query, key, value = map(jnp.asarray, _qkv(512, 512, 1, 8))

    def summed(attention):
        return jax.jit(jax.grad(lambda query: jnp.sum(attention(query, key, value) ** 2)))

    expected = summed(partial(jax.nn.dot_product_attention, implementation="xla"))(query)
    assert_equal(summed(attend)(query), np.asarray(expected), 1e-5)


def test_blocks_are_for_many_scores_and_whole_blocks():
    assert blocked.suits(4096, 4096)
    assert blocked.suits(4096, 77)
    assert blocked.suits(63 * 65, 63 * 65)
    assert not blocked.suits(256, 256)
    assert not blocked.suits(1021, 1021)
