"""Layers that the networks share.

Axes: `B` images, `H W` a grid of cells, `C` channels, `T` channels of the timestep embedding.

Parameters may be stored in any dtype. Every layer casts them and its input to `dtype`, computes its
statistics in float32, and returns `dtype`, so that no float32 leaks into what follows.
"""

import functools
import math
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Num

from inference.models.platforms import by_platform

Params = dict[str, Any]
"""A parameter tree: names to trees or arrays."""

Padding = tuple[tuple[int, int], tuple[int, int]]
"""(top, bottom), (left, right)."""

DRAWN_LATER = nn.initializers.zeros_init()
"""Of kernels: `fresh_params` draws all of them at once. To trace a draw for each takes half of the
time in which a checkpoint is loaded, and that for its shapes alone."""

Dense = functools.partial(nn.Dense, kernel_init=DRAWN_LATER)
LayerNorm = nn.LayerNorm


class GroupNorm(nn.Module):
    """Group normalisation (Wu and He 2018) of a grid, or of tokens.

    Sums are taken of each channel before those of a group: the innermost axis stays whole, which
    vectors are made for. Flax's own sums a group at once and takes twice as long on a CPU.
    """

    groups: int
    epsilon: float
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B *grid C"]) -> Float[Array, "B *grid C"]:
        C = x.shape[-1]
        scale = self.param("scale", nn.initializers.ones_init(), (C,))
        bias = self.param("bias", nn.initializers.zeros_init(), (C,))
        x = x.astype(jnp.float32)
        mean, square = self._of_groups(x), self._of_groups(jnp.square(x))
        variance = jnp.maximum(square - jnp.square(mean), 0.0)
        y = (x - mean) * (jax.lax.rsqrt(variance + self.epsilon) * scale) + bias
        return y.astype(self.dtype)

    def _of_groups(self, x: Float[Array, "B *grid C"]) -> Float[Array, "B *ones C"]:
        """Each group's mean, in the place of each of its channels."""
        B, *grid, C = x.shape
        means = x
        for _ in grid:
            means = means.mean(axis=1)
        of_group = means.reshape(B, self.groups, -1).mean(axis=-1)
        return jnp.repeat(of_group, C // self.groups, axis=-1).reshape(B, *(1 for _ in grid), C)


def upsample_nearest(x: Float[Array, "B H W C"]) -> Float[Array, "B 2*H 2*W C"]:
    """Every cell becomes four."""
    B, H, W, C = x.shape
    return jnp.broadcast_to(x[:, :, None, :, None], (B, H, 2, W, 2, C)).reshape(B, 2 * H, 2 * W, C)


def phases(kernel: Float[Array, "3 3 C K"]) -> Float[Array, "2 2 C 2 2 K"]:
    """What a 3×3 kernel is to a grid before `upsample_nearest`: a 2×2 kernel for each phase.

    Three cells of the large grid are two of the small one. Axes: row, column, channel, then whether
    the row and the column of the result are odd, then its channel.
    """

    def pairs(taps: Float[Array, "3 *rest"]) -> Float[Array, "2 2 *rest"]:
        first, middle, last = taps
        even, odd = (first, middle + last), (first + middle, last)
        return jnp.stack([jnp.stack(even), jnp.stack(odd)])

    by_row = pairs(kernel)  # [odd row, row, 3, C, K]
    by_column = pairs(jnp.moveaxis(by_row, 2, 0))  # [odd column, column, odd row, row, C, K]
    return by_column.transpose(3, 1, 4, 2, 0, 5)


def convolved(
    x: Float[Array, "B H W C"],
    kernel: Float[Array, "k k2 C K"],
    padding: Padding = ((1, 1), (1, 1)),
    stride: int = 1,
) -> Float[Array, "B H2 W2 K"]:
    """A convolution without bias."""
    return jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def convolved_large(
    x: Float[Array, "B H W C"], kernel: Float[Array, "3 3 C K"]
) -> Float[Array, "B 2*H 2*W K"]:
    """The convolution of `upsample_nearest(x)`, padded by one."""
    return convolved(upsample_nearest(x), kernel)


def convolved_in_phases(
    x: Float[Array, "B H W C"], kernel: Float[Array, "3 3 C K"]
) -> Float[Array, "B 2*H 2*W K"]:
    """The same with 4/9 of its arithmetic, and nothing large before it."""
    (B, H, W, C), K = x.shape, kernel.shape[-1]
    each = phases(kernel).reshape(2, 2, C, 4 * K)
    y = convolved(x, each).reshape(B, H + 1, W + 1, 2, 2, K)
    rows = [jnp.stack([y[:, p : H + p, q : W + q, p, q] for q in (0, 1)], axis=3) for p in (0, 1)]
    return jnp.stack(rows, axis=2).reshape(B, 2 * H, 2 * W, K)


class Conv(nn.Module):
    """A square two-dimensional convolution with bias; the kernel is stored [K, K, C_in, C_out].

    `padding` is added on all four sides unless it is given as ((top, bottom), (left, right)).
    """

    features: int
    kernel_size: int = 3
    stride: int = 1
    padding: int | Padding = 1
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B H W C"]) -> Float[Array, "B H2 W2 C2"]:
        size = self.kernel_size
        kernel = self.param("kernel", DRAWN_LATER, (size, size, x.shape[-1], self.features))
        bias = self.param("bias", nn.initializers.zeros_init(), (self.features,))
        x, kernel, bias = (jnp.asarray(a, self.dtype) for a in (x, kernel, bias))
        if size == 1:
            return x @ kernel[0, 0] + bias
        p = self.padding
        padding = ((p, p), (p, p)) if isinstance(p, int) else p
        return convolved(x, kernel, padding, self.stride) + bias


class UpsampledConv(nn.Module):
    """`Conv` of `upsample_nearest(x)`, with the same parameters."""

    features: int
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B H W C"]) -> Float[Array, "B 2*H 2*W {self.features}"]:
        kernel = self.param("kernel", DRAWN_LATER, (3, 3, x.shape[-1], self.features))
        bias = self.param("bias", nn.initializers.zeros_init(), (self.features,))
        x, kernel, bias = (jnp.asarray(a, self.dtype) for a in (x, kernel, bias))
        y = by_platform("upsampling", x, kernel, default=convolved_large, cpu=convolved_in_phases)
        return y + bias


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
        if size is None or size == (2 * x.shape[1], 2 * x.shape[2]):
            return UpsampledConv(self.features, dtype=self.dtype, name="conv")(x)
        x = upsample_nearest(x)[:, : size[0], : size[1]]
        return Conv(self.features, dtype=self.dtype, name="conv")(x)


class Downsample(nn.Module):
    """A convolution of stride 2; the denoisers pad all sides, the autoencoder bottom and right."""

    features: int
    padding: int | Padding = 1
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
        def norm(name: str) -> GroupNorm:
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
