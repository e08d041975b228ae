"""The denoisers that are measured, in the fields that our classes and the old Flax ones share."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Model:
    """A UNet and its ControlNet.

    `latents` is the side of the latent grid, `downscale` how many pixels a side of its cells has,
    `tokens` the length of the text.
    """

    name: str
    shared: dict[str, Any]
    up_block_types: tuple[str, ...]
    conditioning_embedding_out_channels: tuple[int, ...]
    latents: int
    downscale: int
    tokens: int = 77

    @property
    def unet(self) -> dict[str, Any]:
        """The UNet's `config.json`."""
        more = {"sample_size": self.latents, "up_block_types": self.up_block_types}
        return {**self.shared, **more, "out_channels": self.shared["in_channels"]}

    @property
    def controlnet(self) -> dict[str, Any]:
        """The ControlNet's `config.json`."""
        widths = self.conditioning_embedding_out_channels
        return {**self.shared, "conditioning_embedding_out_channels": widths}


SD15 = Model(
    name="Stable Diffusion 1.5, 512×512",
    shared={
        "in_channels": 4,
        "block_out_channels": (320, 640, 1280, 1280),
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "layers_per_block": 2,
        "attention_head_dim": 8,
        "cross_attention_dim": 768,
    },
    up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    conditioning_embedding_out_channels=(16, 32, 96, 256),
    latents=64,
    downscale=8,
)

SD15_VAE = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 2,
}
"""Its autoencoder's `config.json`."""

SMALL = Model(
    name="a model of the embedded one's widths, 64×64",
    shared={
        "in_channels": 4,
        "block_out_channels": (96, 192, 256),
        "down_block_types": ("DownBlock2D",) + ("CrossAttnDownBlock2D",) * 2,
        "layers_per_block": 1,
        "attention_head_dim": 4,
        "cross_attention_dim": 128,
    },
    up_block_types=("CrossAttnUpBlock2D",) * 2 + ("UpBlock2D",),
    conditioning_embedding_out_channels=(16, 32, 64),
    latents=16,
    downscale=4,
    tokens=32,
)
