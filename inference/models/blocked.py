"""Attention on a CPU whose scores stay in its cache: one head and one block of queries at a time.

A softmax needs all keys of a query but no other query, so blocks of queries are exact, without the
running maximum of FlashAttention (Dao et al. 2022).
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

FEWEST_SCORES = 2**18
"""Of a head: a mebibyte. Below that they are in the cache anyway, and a loop has its price."""

_BLOCK = 512
_SMALLEST_BLOCK = 64


def suits(tokens: int, keys: int) -> bool:
    """Whether scores are many, and queries fall into whole blocks that are worth a product each."""
    return tokens * keys >= FEWEST_SCORES and _block(tokens) >= _SMALLEST_BLOCK


def _block(tokens: int) -> int:
    """The largest divisor up to 512: a grid's height and width are among those to choose from."""
    return max(size for size in range(1, min(tokens, _BLOCK) + 1) if tokens % size == 0)


def blocked_attention(
    query: Float[Array, "B L h d"],
    key: Float[Array, "B S h d"],
    value: Float[Array, "B S h d"],
) -> Float[Array, "B L h d"]:
    """softmax(query · key / sqrt(d)) · value, with float32 scores, for shapes that `suits` names.

    A head of an image is worked on alone, so that it comes out the same in any batch.
    """
    B, L, h, d = query.shape

    def by_head(tokens: Float[Array, "B N h d"]) -> Float[Array, "Bh N d"]:
        return jnp.swapaxes(tokens, 1, 2).reshape(B * h, -1, d)

    blocks = by_head(query / math.sqrt(d)).reshape(B * h, -1, _block(L), d)

    def head(of_head: tuple[Array, Array, Array]) -> Float[Array, "blocks block d"]:
        mine, keys, values = of_head

        @jax.checkpoint  # else the gradient keeps the scores of all blocks
        def block(queries: Float[Array, "block d"]) -> Float[Array, "block d"]:
            scores = jnp.matmul(queries, keys.T, preferred_element_type=jnp.float32)
            weights = jnp.exp(scores - scores.max(axis=-1, keepdims=True))
            seen = jnp.matmul(
                weights.astype(values.dtype), values, preferred_element_type=jnp.float32
            )
            # Divided last: by then there are d numbers a query, not S.
            return (seen / weights.sum(axis=-1, keepdims=True)).astype(values.dtype)

        return jax.lax.map(block, mine)

    attended = jax.lax.map(head, (blocks, by_head(key), by_head(value)))
    return jnp.swapaxes(attended.reshape(B, h, L, d), 1, 2)
