"""Attention: the one function that computes it, and the transformer blocks of the denoisers.

Axes: `B` images, `L` queries, `S` keys and values, `h` heads, `d` channels of a head, `C` channels,
`D` channels of the text.
"""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from inference.models import splash
from inference.models.layers import Conv, Dense, GroupNorm, LayerNorm


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
    a GPU in half precision through cuDNN, on a TPU through the splash kernel.
    """
    L, head_dim = query.shape[1], query.shape[-1]
    if _cudnn_takes(query.dtype, head_dim):
        return jax.nn.dot_product_attention(
            query, key, value, is_causal=causal, implementation="cudnn"
        )
    plain = functools.partial(jax.nn.dot_product_attention, is_causal=causal, implementation="xla")
    if causal or not splash.suits(L, key.shape[1], head_dim):
        return plain(query, key, value)
    # Decided when the program is lowered, as it may be compiled for a TPU where there is none.
    return jax.lax.platform_dependent(query, key, value, tpu=splash.splash_attention, default=plain)


def _cudnn_takes(dtype: DTypeLike, head_dim: int) -> bool:
    """On Nvidia's Ampere (8.x) and later; AMD's devices count as "gpu" too, but are called gfx…"""
    if jax.default_backend() != "gpu" or dtype not in (jnp.bfloat16, jnp.float16):
        return False
    generation = str(jax.devices()[0].compute_capability).split(".")[0]
    modern = generation.isdecimal() and int(generation) >= 8
    return modern and head_dim % 8 == 0 and head_dim <= 128


class Attention(nn.Module):
    """Multi-head attention from `x` to `context`, or to itself."""

    heads: int
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(
        self, x: Float[Array, "B L C"], context: Float[Array, "B S D"] | None = None
    ) -> Float[Array, "B L C"]:
        channels = x.shape[-1]
        context = x if context is None else context

        def project(name: str, tokens: Array) -> Array:
            y = Dense(channels, use_bias=False, dtype=self.dtype, name=name)(tokens)
            return y.reshape(*y.shape[:-1], self.heads, -1)

        y = attend(project("to_q", x), project("to_k", context), project("to_v", context))
        return Dense(channels, dtype=self.dtype, name="to_out_0")(y.reshape(x.shape))


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

    heads: int
    only_cross_attention: bool = False
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(
        self, x: Float[Array, "B L C"], context: Float[Array, "B S D"]
    ) -> Float[Array, "B L C"]:
        def norm(name: str) -> nn.LayerNorm:
            return LayerNorm(epsilon=1e-5, dtype=self.dtype, name=name)

        first = context if self.only_cross_attention else None
        x = x + Attention(self.heads, dtype=self.dtype, name="attn1")(norm("norm1")(x), first)
        x = x + Attention(self.heads, dtype=self.dtype, name="attn2")(norm("norm2")(x), context)
        return x + FeedForward(dtype=self.dtype, name="ff")(norm("norm3")(x))


class SpatialTransformer(nn.Module):
    """Transformer blocks on a grid, around a shortcut.

    Stable Diffusion 1.x projects in and out with 1×1 convolutions, 2.x with dense layers: the same
    arithmetic, kept in kernels of different rank.
    """

    heads: int
    depth: int
    groups: int
    use_linear_projection: bool = False
    only_cross_attention: bool = False
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(
        self, x: Float[Array, "B H W C"], context: Float[Array, "B S D"]
    ) -> Float[Array, "B H W C"]:
        B, H, W, C = x.shape

        def project(name: str) -> nn.Module:
            if self.use_linear_projection:
                return Dense(C, dtype=self.dtype, name=name)
            return Conv(C, kernel_size=1, dtype=self.dtype, name=name)

        h = GroupNorm(self.groups, epsilon=1e-6, dtype=self.dtype, name="norm")(x)
        h = project("proj_in")(h).reshape(B, H * W, C)
        for i in range(self.depth):
            block = TransformerBlock(
                self.heads,
                only_cross_attention=self.only_cross_attention,
                dtype=self.dtype,
                name=f"transformer_blocks_{i}",
            )
            h = block(h, context)
        return x + project("proj_out")(h.reshape(B, H, W, C))
