"""The blocks of the denoisers, and the half that UNet and ControlNet share.

Axes: `B` images, `H W` the latent grid of a level, `C` channels, `T` channels of the timestep
embedding, `L` tokens of the text, `D` channels of the text.
"""

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Num

from inference.models.attention import SpatialTransformer
from inference.models.config import DenoiserConfig
from inference.models.layers import (
    Conv,
    Downsample,
    ResnetBlock,
    TimestepEmbedding,
    Upsample,
    sinusoids,
)

Residuals = tuple[Float[Array, "B _ _ _"], ...]


class Level(nn.Module):
    """What a block of one resolution is made of; `depth` is 0 where it has no attention."""

    config: DenoiserConfig
    features: int
    layers: int
    depth: int
    heads: int
    only_cross_attention: bool
    dtype: DTypeLike = jnp.float32

    def resnet(self, index: int) -> ResnetBlock:
        groups, eps = self.config.norm_num_groups, self.config.norm_eps
        return ResnetBlock(self.features, groups, eps, dtype=self.dtype, name=f"resnets_{index}")

    def attention(self, index: int) -> SpatialTransformer:
        return SpatialTransformer(
            self.heads,
            self.depth,
            self.config.norm_num_groups,
            use_linear_projection=self.config.use_linear_projection,
            only_cross_attention=self.only_cross_attention,
            dtype=self.dtype,
            name=f"attentions_{index}",
        )


class DownBlock(Level):
    """`DownBlock2D` and `CrossAttnDownBlock2D`: returns its output and its skip connections."""

    downsample: bool = True

    @nn.compact
    def __call__(
        self, x: Float[Array, "B H W C"], temb: Float[Array, "B T"], context: Float[Array, "B L D"]
    ) -> tuple[Float[Array, "B H2 W2 C2"], Residuals]:
        skips = []
        for i in range(self.layers):
            x = self.resnet(i)(x, temb)
            if self.depth:
                x = self.attention(i)(x, context)
            skips.append(x)
        if self.downsample:
            x = Downsample(self.features, dtype=self.dtype, name="downsamplers_0")(x)
            skips.append(x)
        return x, tuple(skips)


class MidBlock(Level):
    """`UNetMidBlock2DCrossAttn`: resnet, attention, resnet at the smallest grid."""

    @nn.compact
    def __call__(
        self, x: Float[Array, "B H W C"], temb: Float[Array, "B T"], context: Float[Array, "B L D"]
    ) -> Float[Array, "B H W C"]:
        x = self.resnet(0)(x, temb)
        for i in range(self.layers):
            x = self.attention(i)(x, context)
            x = self.resnet(i + 1)(x, temb)
        return x


class UpBlock(Level):
    """`UpBlock2D` and `CrossAttnUpBlock2D`: each resnet is fed one skip connection, the last first.

    `size` is the (height, width) to upsample to; None means that this is the last block.
    """

    @nn.compact
    def __call__(
        self,
        x: Float[Array, "B H W C"],
        skips: Residuals,
        temb: Float[Array, "B T"],
        context: Float[Array, "B L D"],
        size: tuple[int, int] | None,
    ) -> Float[Array, "B H2 W2 C2"]:
        for i, skip in enumerate(reversed(skips)):
            x = self.resnet(i)(jnp.concatenate([x, skip], axis=-1), temb)
            if self.depth:
                x = self.attention(i)(x, context)
        if size is not None:
            x = Upsample(self.features, dtype=self.dtype, name="upsamplers_0")(x, size)
        return x


class Denoiser(nn.Module):
    """The timestep, the way down and the middle: all that a ControlNet copies from its UNet."""

    config: DenoiserConfig
    dtype: DTypeLike = jnp.float32

    def setup(self) -> None:
        config = self.config
        width = config.block_out_channels[0]
        self.time_embedding = TimestepEmbedding(4 * width, dtype=self.dtype)
        self.conv_in = Conv(width, dtype=self.dtype)
        self.down_blocks = [
            DownBlock(
                **self.level(i, attention=kind.startswith("CrossAttn")),
                layers=config.layers[i],
                downsample=i < config.levels - 1,
            )
            for i, kind in enumerate(config.down_block_types)
        ]
        if config.mid_block_type is not None:
            level = self.level(config.levels - 1, attention=True)
            self.mid_block = MidBlock(**{**level, "only_cross_attention": False}, layers=1)

    def level(self, index: int, *, attention: bool) -> dict:
        """The arguments that every block of a level shares."""
        config = self.config
        return {
            "config": config,
            "features": config.block_out_channels[index],
            "depth": config.transformer_depths[index] if attention else 0,
            "heads": config.heads[index],
            "only_cross_attention": config.cross_attention_only[index],
            "dtype": self.dtype,
        }

    def embed_time(self, timesteps: Num[Array, " B"]) -> Float[Array, "B T"]:
        config = self.config
        waves = sinusoids(
            timesteps,
            config.block_out_channels[0],
            flip_sin_to_cos=config.flip_sin_to_cos,
            freq_shift=config.freq_shift,
        )
        return self.time_embedding(waves)

    def encode(
        self, x: Float[Array, "B H W C"], temb: Float[Array, "B T"], context: Float[Array, "B L D"]
    ) -> tuple[Float[Array, "B H2 W2 C2"], Residuals]:
        """From `conv_in`'s output: the middle block's output, and all skip connections."""
        skips = (x,)
        for block in self.down_blocks:
            x, more = block(x, temb, context)
            skips += more
        if self.config.mid_block_type is not None:
            x = self.mid_block(x, temb, context)
        return x, skips
