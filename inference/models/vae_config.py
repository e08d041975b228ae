"""The configuration of the autoencoder, as its checkpoints' `config.json` files state it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from inference.models.json_config import UNUSED, JsonConfig, Refuse


@dataclass(frozen=True, kw_only=True)
class VAEConfig(JsonConfig):
    """`vae/config.json`.

    The denoiser sees `(mean - shift) * scaling_factor` of the encoder's latents; `shift` is
    `shift_factor`, or zero.
    """

    in_channels: int = 3
    out_channels: int = 3
    block_out_channels: tuple[int, ...] = (64,)
    down_block_types: tuple[str, ...] = ("DownEncoderBlock2D",)
    up_block_types: tuple[str, ...] = ("UpDecoderBlock2D",)
    layers_per_block: int = 1
    latent_channels: int = 4
    norm_num_groups: int = 32
    sample_size: int | tuple[int, ...] | None = 32
    scaling_factor: float = 0.18215
    shift_factor: float | None = None
    use_quant_conv: bool = True
    use_post_quant_conv: bool = True
    mid_block_add_attention: bool = True

    CLASS_NAMES: ClassVar[tuple[str, ...]] = ("AutoencoderKL", "FlaxAutoencoderKL")
    IGNORED: ClassVar[frozenset[str]] = UNUSED
    FIXED: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "act_fn": ("silu", "swish"),
        "latents_mean": (None,),
        "latents_std": (None,),
    }

    @property
    def downscale(self) -> int:
        """Pixels for each cell of the latent grid, in each direction."""
        return 2 ** (len(self.block_out_channels) - 1)

    @property
    def shift(self) -> float:
        return self.shift_factor or 0.0

    def check(self, refuse: Refuse) -> None:
        for name, kind in (
            ("down_block_types", "DownEncoderBlock2D"),
            ("up_block_types", "UpDecoderBlock2D"),
        ):
            kinds = getattr(self, name)
            if set(kinds) != {kind}:
                refuse(name, list(kinds), f"{kind} at every level")
            if len(kinds) != len(self.block_out_channels):
                refuse(name, list(kinds), "of one entry for each of block_out_channels")
        for channels in self.block_out_channels:
            if channels % self.norm_num_groups:
                refuse(
                    "block_out_channels", channels, f"a multiple of {self.norm_num_groups} groups"
                )
        if self.in_channels != 3 or self.out_channels != 3:
            refuse("in_channels", (self.in_channels, self.out_channels), "3, and out_channels too")
        if self.scaling_factor <= 0:
            refuse("scaling_factor", self.scaling_factor, "positive")
