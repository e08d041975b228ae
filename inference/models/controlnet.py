"""ControlNet (Zhang et al. 2023): the UNet's way down again, reading a control map."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Num, PRNGKeyArray

from inference.models.blocks import Denoiser, Residuals, TextRead
from inference.models.denoiser_config import ControlNetConfig
from inference.models.fresh import fresh_params
from inference.models.layers import Conv, Params

ZEROED = ("controlnet_down_blocks_", "controlnet_mid_block")
"""The layers that start at zero, so that a fresh ControlNet adds nothing to its UNet."""


class ConditionEmbedding(nn.Module):
    """Convolutions from a control map's pixels to the latent grid; each pair halves the size."""

    features: int
    widths: tuple[int, ...]
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B fH fW 3"]) -> Float[Array, "B H W C"]:
        x = nn.silu(Conv(self.widths[0], dtype=self.dtype, name="conv_in")(x))
        for i, (narrow, wide) in enumerate(zip(self.widths, self.widths[1:], strict=False)):
            x = nn.silu(Conv(narrow, dtype=self.dtype, name=f"blocks_{2 * i}")(x))
            x = nn.silu(Conv(wide, stride=2, dtype=self.dtype, name=f"blocks_{2 * i + 1}")(x))
        return Conv(self.features, dtype=self.dtype, name="conv_out")(x)


class ControlNetModel(Denoiser):
    """Residuals for a UNet of the same shape.

    Axes: `B` images, `H W` latent grid, `fH fW` pixels, `C` latent channels, `L` tokens, `D`
    channels of the text.
    """

    config: ControlNetConfig  # pyright: ignore[reportIncompatibleVariableOverride]

    def setup(self) -> None:
        super().setup()
        config = self.config
        widths = config.block_out_channels
        self.controlnet_cond_embedding = ConditionEmbedding(
            widths[0], config.conditioning_embedding_out_channels, dtype=self.dtype
        )
        skips = [widths[0]]
        for i, width in enumerate(widths):
            skips += [width] * (config.layers[i] + (i < config.levels - 1))
        self.controlnet_down_blocks = [self._one_by_one(width) for width in skips]
        self.controlnet_mid_block = self._one_by_one(widths[-1])

    def _one_by_one(self, width: int) -> Conv:
        return Conv(width, kernel_size=1, dtype=self.dtype)

    def embed_condition(self, control_map: Float[Array, "B fH fW 3"]) -> Float[Array, "B H W C0"]:
        """The control map (0 to 1) on the latent grid: compute it once, it serves all steps."""
        if self.config.controlnet_conditioning_channel_order == "bgr":
            control_map = control_map[..., ::-1]
        return self.controlnet_cond_embedding(control_map)

    def __call__(
        self,
        sample: Float[Array, "B H W C"],
        timesteps: Num[Array, " B"],
        text: TextRead | Float[Array, "B L D"],
        condition_embedding: Float[Array, "B H W C0"],
    ) -> tuple[Residuals, Float[Array, "B _ _ _"]]:
        """What to add to the UNet's skip connections and to its middle, at strength 1.

        `text`: hidden states of the text encoder, or what `read_text` made of them.
        """
        read = text if isinstance(text, TextRead) else self.read_text(text)
        x = self.conv_in(sample) + jnp.asarray(condition_embedding, self.dtype)
        x, skips = self.encode(x, self.embed_time(timesteps), read)
        down = tuple(
            conv(skip) for conv, skip in zip(self.controlnet_down_blocks, skips, strict=True)
        )
        return down, self.controlnet_mid_block(x)

    def from_pixels(
        self,
        sample: Float[Array, "B H W C"],
        timesteps: Num[Array, " B"],
        text: Float[Array, "B L D"],
        control_map: Float[Array, "B fH fW 3"],
    ) -> tuple[Residuals, Float[Array, "B _ _ _"]]:
        """Both parts in one: for training, where each map is seen once."""
        return self(sample, timesteps, text, self.embed_condition(control_map))

    def init_params(self, key: PRNGKeyArray) -> Params:
        """A fresh parameter tree, whose residuals are zero whatever the input."""
        config = self.config
        size = 2 ** (config.levels - 1)
        sample = jnp.zeros((1, size, size, config.in_channels), self.dtype)
        text = jnp.zeros((1, 1, config.cross_attention_dim), self.dtype)
        pixels = jnp.zeros((1, size * config.downscale, size * config.downscale, 3), self.dtype)
        init = functools.partial(self.init, method="from_pixels")
        params = fresh_params(init, key, sample, jnp.zeros((1,)), text, pixels)
        for name, tree in params.items():
            if name.startswith(ZEROED):
                params[name] = jax.tree.map(jnp.zeros_like, tree)
        embedding = params["controlnet_cond_embedding"]
        embedding["conv_out"] = jax.tree.map(jnp.zeros_like, embedding["conv_out"])
        return params
