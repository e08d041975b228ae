"""Layers that the networks share.

Axes: `B` images, `H W` a grid of cells, `C` channels, `T` channels of the timestep embedding.

Parameters may be stored in any dtype. Every layer casts them and its input to `dtype`, computes its
statistics in float32, and returns `dtype`, so that no float32 leaks into what follows.
"""

import math
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Num

Params = dict[str, Any]
"""A parameter tree: names to trees or arrays."""

Dense = nn.Dense
LayerNorm = nn.LayerNorm
GroupNorm = nn.GroupNorm


class Conv(nn.Module):
    """A square two-dimensional convolution with bias; the kernel is stored [K, K, C_in, C_out].

    `padding` is added on all four sides unless it is given as ((top, bottom), (left, right)).
    """

    features: int
    kernel_size: int = 3
    stride: int = 1
    padding: int | tuple[tuple[int, int], tuple[int, int]] = 1
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B H W C"]) -> Float[Array, "B H2 W2 C2"]:
        size = self.kernel_size
        init = nn.initializers.lecun_normal()
        kernel = self.param("kernel", init, (size, size, x.shape[-1], self.features))
        bias = self.param("bias", nn.initializers.zeros_init(), (self.features,))
        x, kernel, bias = (jnp.asarray(a, self.dtype) for a in (x, kernel, bias))
        if size == 1:
            return x @ kernel[0, 0] + bias
        p = self.padding
        padding = ((p, p), (p, p)) if isinstance(p, int) else p
        y = jax.lax.conv_general_dilated(
            x, kernel, (self.stride,) * 2, padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        return y + bias


def upsample_nearest(x: Float[Array, "B H W C"]) -> Float[Array, "B 2*H 2*W C"]:
    """Every cell becomes four."""
    B, H, W, C = x.shape
    return jnp.broadcast_to(x[:, :, None, :, None], (B, H, 2, W, 2, C)).reshape(B, 2 * H, 2 * W, C)


class Upsample(nn.Module):
    """Nearest neighbour to twice the size, then a convolution.

    `size` cuts the result to the (height, width) of the skip connection that it will meet: those
    differ by one where a grid was odd on the way down.
    """

    features: int
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(
        self, x: Float[Array, "B H W C"], size: tuple[int, int] | None = None
    ) -> Float[Array, "B H2 W2 C2"]:
        x = upsample_nearest(x)
        if size is not None:
            x = x[:, : size[0], : size[1]]
        return Conv(self.features, dtype=self.dtype, name="conv")(x)


class Downsample(nn.Module):
    """A convolution of stride 2; the denoisers pad all sides, the autoencoder bottom and right."""

    features: int
    padding: int | tuple[tuple[int, int], tuple[int, int]] = 1
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B H W C"]) -> Float[Array, "B H2 W2 C2"]:
        return Conv(self.features, stride=2, padding=self.padding, dtype=self.dtype, name="conv")(x)


class ResnetBlock(nn.Module):
    """Twice norm, SiLU, convolution, around a shortcut; the timestep, if any, is added between."""

    features: int
    groups: int
    eps: float
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(
        self, x: Float[Array, "B H W C"], temb: Float[Array, "B T"] | None = None
    ) -> Float[Array, "B H W C2"]:
        def norm(name: str) -> nn.GroupNorm:
            return GroupNorm(self.groups, epsilon=self.eps, dtype=self.dtype, name=name)

        h = Conv(self.features, dtype=self.dtype, name="conv1")(nn.silu(norm("norm1")(x)))
        if temb is not None:
            shift = Dense(self.features, dtype=self.dtype, name="time_emb_proj")(nn.silu(temb))
            h = h + shift[:, None, None, :]
        h = Conv(self.features, dtype=self.dtype, name="conv2")(nn.silu(norm("norm2")(h)))
        if x.shape[-1] != self.features:
            x = Conv(self.features, kernel_size=1, dtype=self.dtype, name="conv_shortcut")(x)
        return jnp.asarray(x, self.dtype) + h


def sinusoids(
    timesteps: Num[Array, " B"], channels: int, *, flip_sin_to_cos: bool, freq_shift: float
) -> Float[Array, "B {channels}"]:
    """Sines and cosines at `channels / 2` frequencies between 1 and 1/10000, in float32.

    Source: Vaswani et al. 2017, section 3.5, in the variants that DDPM and Stable Diffusion use.
    """
    half = channels // 2
    exponents = -math.log(10000.0) * jnp.arange(half, dtype=jnp.float32) / (half - freq_shift)
    angles = timesteps.astype(jnp.float32)[:, None] * jnp.exp(exponents)[None, :]
    waves = (
        [jnp.cos(angles), jnp.sin(angles)]
        if flip_sin_to_cos
        else [jnp.sin(angles), jnp.cos(angles)]
    )
    return jnp.concatenate(waves, axis=-1)


class TimestepEmbedding(nn.Module):
    """Two dense layers on top of the sinusoids."""

    features: int
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B C"]) -> Float[Array, "B T"]:
        h = nn.silu(Dense(self.features, dtype=self.dtype, name="linear_1")(x))
        return Dense(self.features, dtype=self.dtype, name="linear_2")(h)
