"""The blocks of the denoisers, and the half that UNet and ControlNet share.

Axes: `B` images, `H W` the latent grid of a level, `C` channels, `T` channels of the timestep
embedding, `L` tokens of the text, `D` channels of the text.
"""

from typing import NamedTuple

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Num

from inference.models.attention import Seen, SpatialTransformer
from inference.models.denoiser_config import DenoiserConfig
from inference.models.layers import (
    Conv,
    Downsample,
    ResnetBlock,
    TimestepEmbedding,
    Upsample,
    sinusoids,
)

Residuals = tuple[Float[Array, "B _ _ _"], ...]


class TextRead(NamedTuple):
    """All that a denoiser needs of a text, block by block: the same at every step. A pytree."""

    down: tuple[Seen, ...]
    mid: Seen
    up: tuple[Seen, ...] = ()


class Level(nn.Module):
    """What a block of one resolution is made of; `depth` is 0 where it has no attention."""

    config: DenoiserConfig
    features: int
    layers: int
    depth: int
    heads: int
    only_cross_attention: bool
    dtype: DTypeLike = jnp.float32
    remat: bool = False

    def setup(self) -> None:
        self.resnets = [self.resnet() for _ in range(self.layers)]
        self.attentions = [self.attention() for _ in range(self.layers if self.depth else 0)]

    def resnet(self) -> ResnetBlock:
        groups, eps = self.config.norm_num_groups, self.config.norm_eps
        block = nn.remat(ResnetBlock) if self.remat else ResnetBlock
        return block(self.features, groups, eps, dtype=self.dtype)

    def attention(self) -> SpatialTransformer:
        transformer = nn.remat(SpatialTransformer) if self.remat else SpatialTransformer
        return transformer(
            self.features,
            self.heads,
            self.depth,
            self.config.norm_num_groups,
            use_linear_projection=self.config.use_linear_projection,
            only_cross_attention=self.only_cross_attention,
            dtype=self.dtype,
        )

    def read(self, text: Float[Array, "B L D"]) -> Seen:
        return tuple(attention.read(text) for attention in self.attentions)


class DownBlock(Level):
    """`DownBlock2D` and `CrossAttnDownBlock2D`: returns its output and its skip connections."""

    downsample: bool = True

    def setup(self) -> None:
        super().setup()
        if self.downsample:
            self.downsamplers = [Downsample(self.features, dtype=self.dtype)]

    def __call__(
        self, x: Float[Array, "B H W C"], temb: Float[Array, "B T"], text: Seen
    ) -> tuple[Float[Array, "B H2 W2 C2"], Residuals]:
        skips = []
        for i, resnet in enumerate(self.resnets):
            x = resnet(x, temb)
            if self.depth:
                x = self.attentions[i](x, text[i])
            skips.append(x)
        if self.downsample:
            x = self.downsamplers[0](x)
            skips.append(x)
        return x, tuple(skips)


class MidBlock(Level):
    """`UNetMidBlock2DCrossAttn`: resnet, attention, resnet at the smallest grid."""

    def setup(self) -> None:
        self.resnets = [self.resnet() for _ in range(self.layers + 1)]
        self.attentions = [self.attention() for _ in range(self.layers)]

    def __call__(
        self, x: Float[Array, "B H W C"], temb: Float[Array, "B T"], text: Seen
    ) -> Float[Array, "B H W C"]:
        x = self.resnets[0](x, temb)
        for i, attention in enumerate(self.attentions):
            x = attention(x, text[i])
            x = self.resnets[i + 1](x, temb)
        return x


class UpBlock(Level):
    """`UpBlock2D` and `CrossAttnUpBlock2D`: each resnet is fed one skip connection, the last first.

    Where it upsamples, `size` is the (height, width) to upsample to.
    """

    upsample: bool = True

    def setup(self) -> None:
        super().setup()
        if self.upsample:
            self.upsamplers = [Upsample(self.features, dtype=self.dtype)]

    def __call__(
        self,
        x: Float[Array, "B H W C"],
        skips: Residuals,
        temb: Float[Array, "B T"],
        text: Seen,
        size: tuple[int, int] | None,
    ) -> Float[Array, "B H2 W2 C2"]:
        for i, skip in enumerate(reversed(skips)):
            x = self.resnets[i](jnp.concatenate([x, skip], axis=-1), temb)
            if self.depth:
                x = self.attentions[i](x, text[i])
        return self.upsamplers[0](x, size) if self.upsample else x


class Denoiser(nn.Module):
    """The timestep, the way down and the middle: all that a ControlNet copies from its UNet.

    With `remat`, training keeps what goes into each block and computes the rest of it anew for the
    gradients (Chen et al. 2016): less memory for about a third more time.
    """

    config: DenoiserConfig
    dtype: DTypeLike = jnp.float32
    remat: bool = False

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
            "remat": self.remat,
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

    def read_text(self, hidden_states: Float[Array, "B L D"]) -> TextRead:
        """The text encoder's output as the blocks use it: compute it once, it serves all steps."""
        text = jnp.asarray(hidden_states, self.dtype)
        return TextRead(
            down=tuple(block.read(text) for block in self.down_blocks),
            mid=() if self.config.mid_block_type is None else self.mid_block.read(text),
        )

    def encode(
        self, x: Float[Array, "B H W C"], temb: Float[Array, "B T"], text: TextRead
    ) -> tuple[Float[Array, "B H2 W2 C2"], Residuals]:
        """From `conv_in`'s output: the middle block's output, and all skip connections."""
        skips = (x,)
        for block, seen in zip(self.down_blocks, text.down, strict=True):
            x, more = block(x, temb, seen)
            skips += more
        if self.config.mid_block_type is not None:
            x = self.mid_block(x, temb, text.mid)
        return x, skips


def encoded_shapes(
    config: DenoiserConfig, height: int, width: int
) -> tuple[tuple[tuple[int, int, int], ...], tuple[int, int, int]]:
    """Of the skip connections and of the middle that `encode` gives, [H, W, C] each."""
    grid = (height, width)
    skips = [(*grid, config.block_out_channels[0])]
    for level, channels in enumerate(config.block_out_channels):
        skips += [(*grid, channels)] * config.layers[level]
        if level < config.levels - 1:
            grid = (-(-grid[0] // 2), -(-grid[1] // 2))
            skips.append((*grid, channels))
    return tuple(skips), (*grid, config.block_out_channels[-1])
