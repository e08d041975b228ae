"""The autoencoder of Stable Diffusion (AutoencoderKL), with diffusers' Flax parameter names.

Axes: `B` images, `fH fW` pixels, `H W` latent grid, `Z` latent channels, `C` channels.
"""

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from inference.models.attention import attend
from inference.models.fresh import fresh_params
from inference.models.layers import (
    Conv,
    Dense,
    Downsample,
    GroupNorm,
    Params,
    ResnetBlock,
    Upsample,
)
from inference.models.vae_config import VAEConfig

EPS = 1e-6


class GridAttention(nn.Module):
    """Attention of one head between all cells, around a shortcut."""

    groups: int
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B H W C"]) -> Float[Array, "B H W C"]:
        B, H, W, C = x.shape
        tokens = GroupNorm(self.groups, epsilon=EPS, dtype=self.dtype, name="group_norm")(x)
        tokens = tokens.reshape(B, H * W, C)
        query, key, value = (
            Dense(C, dtype=self.dtype, name=name)(tokens)[:, :, None]
            for name in ("query", "key", "value")
        )
        y = attend(query, key, value)[:, :, 0]
        return x + Dense(C, dtype=self.dtype, name="proj_attn")(y).reshape(x.shape)


class MidBlock(nn.Module):
    """`UNetMidBlock2D`: resnet, attention, resnet."""

    config: VAEConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B H W C"]) -> Float[Array, "B H W C"]:
        groups, features = self.config.norm_num_groups, x.shape[-1]
        x = ResnetBlock(features, groups, EPS, dtype=self.dtype, name="resnets_0")(x)
        if self.config.mid_block_add_attention:
            x = GridAttention(groups, dtype=self.dtype, name="attentions_0")(x)
        return ResnetBlock(features, groups, EPS, dtype=self.dtype, name="resnets_1")(x)


class DownBlock(nn.Module):
    """`DownEncoderBlock2D`."""

    config: VAEConfig
    features: int
    downsample: bool
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B H W C"]) -> Float[Array, "B H2 W2 C2"]:
        groups = self.config.norm_num_groups
        for i in range(self.config.layers_per_block):
            x = ResnetBlock(self.features, groups, EPS, dtype=self.dtype, name=f"resnets_{i}")(x)
        if self.downsample:
            padding = ((0, 1), (0, 1))
            x = Downsample(self.features, padding=padding, dtype=self.dtype, name="downsamplers_0")(
                x
            )
        return x


class UpBlock(nn.Module):
    """`UpDecoderBlock2D`."""

    config: VAEConfig
    features: int
    upsample: bool
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B H W C"]) -> Float[Array, "B H2 W2 C2"]:
        groups = self.config.norm_num_groups
        for i in range(self.config.layers_per_block + 1):
            x = ResnetBlock(self.features, groups, EPS, dtype=self.dtype, name=f"resnets_{i}")(x)
        if self.upsample:
            x = Upsample(self.features, dtype=self.dtype, name="upsamplers_0")(x)
        return x


class Encoder(nn.Module):
    """Pixels to the mean and log variance of latents, side by side."""

    config: VAEConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B fH fW 3"]) -> Float[Array, "B H W _"]:
        config, widths = self.config, self.config.block_out_channels
        x = Conv(widths[0], dtype=self.dtype, name="conv_in")(x)
        for i, width in enumerate(widths):
            downsample = i < len(widths) - 1
            x = DownBlock(config, width, downsample, dtype=self.dtype, name=f"down_blocks_{i}")(x)
        x = MidBlock(config, dtype=self.dtype, name="mid_block")(x)
        x = GroupNorm(config.norm_num_groups, epsilon=EPS, dtype=self.dtype, name="conv_norm_out")(
            x
        )
        return Conv(2 * config.latent_channels, dtype=self.dtype, name="conv_out")(nn.silu(x))


class Decoder(nn.Module):
    """Latents to pixels."""

    config: VAEConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B H W Z"]) -> Float[Array, "B fH fW 3"]:
        config, widths = self.config, self.config.block_out_channels[::-1]
        x = Conv(widths[0], dtype=self.dtype, name="conv_in")(x)
        x = MidBlock(config, dtype=self.dtype, name="mid_block")(x)
        for i, width in enumerate(widths):
            upsample = i < len(widths) - 1
            x = UpBlock(config, width, upsample, dtype=self.dtype, name=f"up_blocks_{i}")(x)
        x = GroupNorm(config.norm_num_groups, epsilon=EPS, dtype=self.dtype, name="conv_norm_out")(
            x
        )
        return Conv(config.out_channels, dtype=self.dtype, name="conv_out")(nn.silu(x))


class AutoencoderKL(nn.Module):
    """Pictures (-1 to 1) to latents and back; latents are without `scaling_factor`."""

    config: VAEConfig
    dtype: DTypeLike = jnp.float32

    def setup(self) -> None:
        config = self.config
        self.encoder = Encoder(config, dtype=self.dtype)
        self.decoder = Decoder(config, dtype=self.dtype)
        if config.use_quant_conv:
            self.quant_conv = Conv(2 * config.latent_channels, kernel_size=1, dtype=self.dtype)
        if config.use_post_quant_conv:
            self.post_quant_conv = Conv(config.latent_channels, kernel_size=1, dtype=self.dtype)

    def encode(
        self, images: Float[Array, "B fH fW 3"]
    ) -> tuple[Float[Array, "B H W Z"], Float[Array, "B H W Z"]]:
        """Mean and log variance (kept within -30 to 20) of the latents."""
        moments = self.encoder(images)
        if self.config.use_quant_conv:
            moments = self.quant_conv(moments)
        mean, logvar = jnp.split(moments, 2, axis=-1)
        return mean, jnp.clip(logvar, -30.0, 20.0)

    def decode(self, latents: Float[Array, "B H W Z"]) -> Float[Array, "B fH fW 3"]:
        """Pictures, about -1 to 1, from latents that were divided by `scaling_factor`."""
        if self.config.use_post_quant_conv:
            latents = self.post_quant_conv(latents)
        return self.decoder(latents)

    def __call__(
        self, images: Float[Array, "B fH fW 3"], key: PRNGKeyArray
    ) -> tuple[Float[Array, "B fH fW 3"], Float[Array, "B H W Z"], Float[Array, "B H W Z"]]:
        """The reconstruction from sampled latents, with their mean and log variance: for training.

        Needs pictures whose sides are multiples of `config.downscale`.
        """
        mean, logvar = self.encode(images)
        noise = jax.random.normal(key, mean.shape, mean.dtype)
        return self.decode(mean + jnp.exp(0.5 * logvar) * noise), mean, logvar

    def init_params(self, key: PRNGKeyArray) -> Params:
        """A fresh parameter tree; under `jax.eval_shape`, its shapes alone."""
        size = self.config.downscale
        images = jnp.zeros((1, size, size, self.config.in_channels), self.dtype)
        return fresh_params(self.init, key, images, jax.random.key(0))
