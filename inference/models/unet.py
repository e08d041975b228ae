"""The denoiser of Stable Diffusion (Rombach et al. 2022), with diffusers' Flax parameter names."""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float, Num, PRNGKeyArray

from inference.models.blocks import Denoiser, Residuals, TextRead, UpBlock
from inference.models.denoiser_config import UNetConfig
from inference.models.fresh import fresh_params
from inference.models.layers import Conv, GroupNorm, Params


class UNet2DConditionModel(Denoiser):
    """Predicts noise, velocity or sample from noisy latents, a timestep and a text.

    Axes: `B` images, `H W` latent grid, `C` latent channels, `L` tokens, `D` channels of the text.
    """

    config: UNetConfig  # pyright: ignore[reportIncompatibleVariableOverride]

    def setup(self) -> None:
        super().setup()
        config = self.config
        self.up_blocks = [
            UpBlock(
                **self.level(config.levels - 1 - i, attention=kind.startswith("CrossAttn")),
                layers=config.layers[config.levels - 1 - i] + 1,
                upsample=i < config.levels - 1,
            )
            for i, kind in enumerate(config.up_block_types)
        ]
        self.conv_norm_out = GroupNorm(
            config.norm_num_groups, epsilon=config.norm_eps, dtype=self.dtype
        )
        self.conv_out = Conv(config.out_channels, dtype=self.dtype)

    def read_text(self, hidden_states: Float[Array, "B L D"]) -> TextRead:
        text = jnp.asarray(hidden_states, self.dtype)
        up = tuple(block.read(text) for block in self.up_blocks)
        return super().read_text(text)._replace(up=up)

    def __call__(
        self,
        sample: Float[Array, "B H W C"],
        timesteps: Num[Array, " B"],
        text: TextRead | Float[Array, "B L D"],
        down_block_residuals: Residuals | None = None,
        mid_block_residual: Float[Array, "B _ _ _"] | None = None,
    ) -> Float[Array, "B H W C2"]:
        """`text`: hidden states of the text encoder, or what `read_text` made of them.

        The residuals are sums over ControlNets, each already multiplied by its strength.
        """
        read = text if isinstance(text, TextRead) else self.read_text(text)
        temb = self.embed_time(timesteps)
        x, skips = self.encode(self.conv_in(sample), temb, read)
        if down_block_residuals is not None:
            pairs = zip(skips, down_block_residuals, strict=True)
            skips = tuple(skip + jnp.asarray(more, self.dtype) for skip, more in pairs)
        if mid_block_residual is not None:
            x = x + jnp.asarray(mid_block_residual, self.dtype)
        for block, seen in zip(self.up_blocks, read.up, strict=True):
            mine, skips = skips[-block.layers :], skips[: -block.layers]
            size = (skips[-1].shape[1], skips[-1].shape[2]) if skips else None
            x = block(x, mine, temb, seen, size)
        return self.conv_out(nn.silu(self.conv_norm_out(x)))

    def init_params(self, key: PRNGKeyArray) -> Params:
        """A fresh parameter tree; under `jax.eval_shape`, its shapes alone."""
        config = self.config
        size = 2 ** (config.levels - 1)
        sample = jnp.zeros((1, size, size, config.in_channels), self.dtype)
        text = jnp.zeros((1, 1, config.cross_attention_dim), self.dtype)
        return fresh_params(self.init, key, sample, jnp.zeros((1,)), text)
