"""Attention on a TPU without its scores in memory: JAX's Pallas "splash" kernel.

At 4096 tokens and 8 heads, scores take a gibibyte for each pair of images; here they take none.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float

FEWEST_TOKENS = 1024
"""Below that, the scores are small, and XLA's own fusion reads no more memory."""

_BLOCK = 512
_LANES = 128
_WIDEST_HEAD = 256


def suits(tokens: int, keys: int, head_dim: int) -> bool:
    """Whether the kernel takes these shapes, and is worth it."""
    whole = tokens % _LANES == 0 and keys % _LANES == 0
    return whole and min(tokens, keys) >= FEWEST_TOKENS and head_dim <= _WIDEST_HEAD


def splash_attention(
    query: Float[Array, "B L h d"],
    key: Float[Array, "B S h d"],
    value: Float[Array, "B S h d"],
    *,
    interpret: bool = False,
) -> Float[Array, "B L h d"]:
    """softmax(query · key / sqrt(d)) · value, block by block; `interpret` runs it anywhere."""
    from jax.experimental.pallas.ops.tpu import splash_attention as splash

    L, heads, head_dim = query.shape[1:]
    S = key.shape[1]
    # The largest of 512, 256, 128 that divides both: the kernel has no ragged blocks.
    block = next(size for size in (_BLOCK, 256, _LANES) if L % size == 0 and S % size == 0)
    kernel = splash.make_splash_mha_single_device(
        splash.MultiHeadMask([splash.FullMask((L, S))] * heads),
        block_sizes=splash.BlockSizes(
            block_q=block,
            block_kv=block,
            block_kv_compute=block,
            block_q_dkv=block,
            block_kv_dkv=block,
            block_kv_dkv_compute=block,
            block_q_dq=block,
            block_kv_dq=block,
        ),
        interpret=interpret,
    )
    scaled, key, value = (
        jnp.swapaxes(tokens, 1, 2) for tokens in (query * head_dim**-0.5, key, value)
    )
    attended: Any = _split_by_image(jax.vmap(kernel))(scaled, key, value)
    return jnp.swapaxes(attended, 1, 2)


def _split_by_image(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Each device attends in its own images of the batch, where a mesh of devices is set.

    The compiler splits what XLA computes by itself, but refuses to split a kernel.
    """
    mesh = jax.sharding.get_abstract_mesh()
    if not mesh.auto_axes:  # none is set, or the batch is split already
        return kernel
    images = PartitionSpec(mesh.auto_axes)
    return jax.shard_map(
        kernel,
        in_specs=images,
        out_specs=images,
        check_vma=False,  # the kernel does not say how its results vary
    )
