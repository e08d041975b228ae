"""The compact upscaler of Real-ESRGAN (SRVGGNetCompact), with its PyTorch parameter names.

Convolutions at the small size, a pixel shuffle at the end, and the picture itself, enlarged to the
nearest neighbour, added. Source: Wang et al. 2021, "Real-ESRGAN", and the repository's
`realesr-general-x4v3` and `realesr-animevideov3`.

Axes: `B` images, `H W` pixels of the small picture, `C` channels, `s` how many times as large.
"""

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from inference.models.fresh import fresh_params
from inference.models.layers import Conv, Params
from inference.models.upscaler_config import UpscalerConfig

COLOURS = 3
SLOPE = 0.25
"""Of a fresh PReLU below zero."""


class PReLU(nn.Module):
    """max(x, 0) + scale · min(x, 0), with a `scale` for each channel (He et al. 2015)."""

    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B H W C"]) -> Float[Array, "B H W C"]:
        init = nn.initializers.constant(SLOPE)
        scale = jnp.asarray(self.param("scale", init, (x.shape[-1],)), self.dtype)
        return jnp.where(x >= 0, x, scale * x)


class SRVGGNetCompact(nn.Module):
    """Pictures (0 to 1) to pictures `config.upscale` times as high and wide (about 0 to 1)."""

    config: UpscalerConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, images: Float[Array, "B H W 3"]) -> Float[Array, "B sH sW 3"]:
        config, s = self.config, self.config.upscale
        x = jnp.asarray(images, self.dtype)
        for i in range(config.num_conv + 1):
            x = Conv(config.num_feat, dtype=self.dtype, name=f"body_{2 * i}")(x)
            x = PReLU(dtype=self.dtype, name=f"body_{2 * i + 1}")(x)
        name = f"body_{2 * config.num_conv + 2}"
        x = Conv(COLOURS * s * s, dtype=self.dtype, name=name)(x)
        return pixel_shuffle(x.astype(jnp.float32), s) + enlarge(images.astype(jnp.float32), s)

    def init_params(self, key: PRNGKeyArray) -> Params:
        """A fresh parameter tree; under `jax.eval_shape`, its shapes alone."""
        params = fresh_params(self.init, key, jnp.zeros((1, 8, 8, COLOURS), self.dtype))
        return {
            name: {"scale": SLOPE * leaves["scale"]} if "scale" in leaves else leaves
            for name, leaves in params.items()
        }


def pixel_shuffle(x: Float[Array, "B H W C"], s: int) -> Float[Array, "B sH sW C2"]:
    """Channels to pixels, as PyTorch orders them: colour, row, column (Shi et al. 2016)."""
    B, H, W, C = x.shape
    cells = x.reshape(B, H, W, C // (s * s), s, s).transpose(0, 1, 4, 2, 5, 3)
    return cells.reshape(B, s * H, s * W, C // (s * s))


def enlarge(x: Float[Array, "B H W C"], s: int) -> Float[Array, "B sH sW C"]:
    """Every pixel becomes s×s."""
    B, H, W, C = x.shape
    cells = jnp.broadcast_to(x[:, :, None, :, None], (B, H, s, W, s, C))
    return cells.reshape(B, s * H, s * W, C)
