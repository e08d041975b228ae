"""Attention: the one function that computes it, and the transformer blocks of the denoisers.

Axes: `B` images, `L` queries, `S` keys and values, `h` heads, `d` channels of a head, `C` channels,
`D` channels of the text.
"""

import functools
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from inference.models import blocked, splash
from inference.models.layers import Conv, Dense, GroupNorm, LayerNorm
from inference.models.platforms import by_platform

KeysValues = tuple[Float[Array, "B S h d"], Float[Array, "B S h d"]]
"""All that attention needs of what it looks at."""

Seen = tuple[Any, ...]
"""What the attentions in a block see of a text: `KeysValues`, in tuples nested like the blocks."""


def attend(
    query: Float[Array, "B L h d"],
    key: Float[Array, "B S h d"],
    value: Float[Array, "B S h d"],
    *,
    causal: bool = False,
) -> Float[Array, "B L h d"]:
    """softmax(query · key / sqrt(d)) · value.

    Scores and their softmax are float32 whatever the dtype of the inputs, which is what
    `upcast_attention` asks for in a config. Where they would be large, they never reach memory: on
    a GPU in half precision through cuDNN, on a TPU through the splash kernel, on a CPU in blocks.
    """
    L, S, head_dim = query.shape[1], key.shape[1], query.shape[-1]
    if _cudnn_takes(query.dtype, head_dim):
        return jax.nn.dot_product_attention(
            query, key, value, is_causal=causal, implementation="cudnn"
        )
    plain = functools.partial(jax.nn.dot_product_attention, is_causal=causal, implementation="xla")
    ways: dict[str, Callable[..., Array]] = {}
    if not causal and splash.suits(L, S, head_dim):
        ways["tpu"] = splash.splash_attention
    if not causal and blocked.suits(L, S):
        ways["cpu"] = blocked.blocked_attention
    return by_platform("attention", query, key, value, default=plain, **ways)


def _cudnn_takes(dtype: DTypeLike, head_dim: int) -> bool:
    """On Nvidia's Ampere (8.x) and later; AMD's devices count as "gpu" too, but are called gfx…"""
    if jax.default_backend() != "gpu" or dtype not in (jnp.bfloat16, jnp.float16):
        return False
    generation = str(jax.devices()[0].compute_capability).split(".")[0]
    modern = generation.isdecimal() and int(generation) >= 8
    return modern and head_dim % 8 == 0 and head_dim <= 128


class Attention(nn.Module):
    """Multi-head attention to keys and values, which `read` makes of what is attended to."""

    features: int
    heads: int
    dtype: DTypeLike = jnp.float32

    def setup(self) -> None:
        def projection() -> nn.Dense:
            return Dense(self.features, use_bias=False, dtype=self.dtype)

        self.to_q, self.to_k, self.to_v = projection(), projection(), projection()
        self.to_out = [Dense(self.features, dtype=self.dtype)]

    def read(self, tokens: Float[Array, "B S D"]) -> KeysValues:
        return self._split(self.to_k(tokens)), self._split(self.to_v(tokens))

    def __call__(self, x: Float[Array, "B L C"], seen: KeysValues) -> Float[Array, "B L C"]:
        y = attend(self._split(self.to_q(x)), *seen)
        return self.to_out[0](y.reshape(x.shape))

    def _split(self, x: Float[Array, "B L C"]) -> Float[Array, "B L h d"]:
        return x.reshape(*x.shape[:-1], self.heads, -1)


class GatedProjection(nn.Module):
    """GEGLU (Shazeer 2020): a linear half times the GELU of the other half."""

    features: int
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B L C"]) -> Float[Array, "B L {self.features}"]:
        linear, gate = jnp.split(
            Dense(2 * self.features, dtype=self.dtype, name="proj")(x), 2, axis=-1
        )
        return linear * nn.gelu(gate, approximate=False)


class FeedForward(nn.Module):
    """Four times as wide inside."""

    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B L C"]) -> Float[Array, "B L C"]:
        channels = x.shape[-1]
        h = GatedProjection(4 * channels, dtype=self.dtype, name="net_0")(x)
        return Dense(channels, dtype=self.dtype, name="net_2")(h)


class TransformerBlock(nn.Module):
    """Attention to the image (or to the text, if so configured), to the text, and an MLP."""

    features: int
    heads: int
    only_cross_attention: bool = False
    dtype: DTypeLike = jnp.float32

    def setup(self) -> None:
        def norm() -> nn.LayerNorm:
            return LayerNorm(epsilon=1e-5, dtype=self.dtype)

        self.norm1, self.norm2, self.norm3 = norm(), norm(), norm()
        self.attn1 = Attention(self.features, self.heads, dtype=self.dtype)
        self.attn2 = Attention(self.features, self.heads, dtype=self.dtype)
        self.ff = FeedForward(dtype=self.dtype)

    def read(self, text: Float[Array, "B S D"]) -> Seen:
        second = self.attn2.read(text)
        return (self.attn1.read(text), second) if self.only_cross_attention else (second,)

    def __call__(self, x: Float[Array, "B L C"], text: Seen) -> Float[Array, "B L C"]:
        h = self.norm1(x)
        x = x + self.attn1(h, text[0] if self.only_cross_attention else self.attn1.read(h))
        x = x + self.attn2(self.norm2(x), text[-1])
        return x + self.ff(self.norm3(x))


class SpatialTransformer(nn.Module):
    """Transformer blocks on a grid, around a shortcut.

    Stable Diffusion 1.x projects in and out with 1×1 convolutions, 2.x with dense layers: the same
    arithmetic, kept in kernels of different rank.
    """

    features: int
    heads: int
    depth: int
    groups: int
    use_linear_projection: bool = False
    only_cross_attention: bool = False
    dtype: DTypeLike = jnp.float32

    def setup(self) -> None:
        def projection() -> nn.Module:
            if self.use_linear_projection:
                return Dense(self.features, dtype=self.dtype)
            return Conv(self.features, kernel_size=1, dtype=self.dtype)

        self.norm = GroupNorm(self.groups, epsilon=1e-6, dtype=self.dtype)
        self.proj_in, self.proj_out = projection(), projection()
        self.transformer_blocks = [
            TransformerBlock(
                self.features,
                self.heads,
                only_cross_attention=self.only_cross_attention,
                dtype=self.dtype,
            )
            for _ in range(self.depth)
        ]

    def read(self, text: Float[Array, "B S D"]) -> Seen:
        return tuple(block.read(text) for block in self.transformer_blocks)

    def __call__(self, x: Float[Array, "B H W C"], text: Seen) -> Float[Array, "B H W C"]:
        B, H, W, C = x.shape
        h = self.proj_in(self.norm(x)).reshape(B, H * W, C)
        for block, seen in zip(self.transformer_blocks, text, strict=True):
            h = block(h, seen)
        return x + self.proj_out(h.reshape(B, H, W, C))
