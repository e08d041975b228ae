"""The configurations of the denoisers, UNet and ControlNet, as their checkpoints' `config.json`
files state them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from inference.models.json_config import UNUSED, JsonConfig, Refuse

PerLevel = int | tuple[int, ...]

DOWN_BLOCKS = ("CrossAttnDownBlock2D", "DownBlock2D")
UP_BLOCKS = ("CrossAttnUpBlock2D", "UpBlock2D")
MID_BLOCK = "UNetMidBlock2DCrossAttn"


def _per_level(value: Any, levels: int) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,) * levels


_OFF = (None, False)


@dataclass(frozen=True, kw_only=True)
class DenoiserConfig(JsonConfig):
    """What UNet and ControlNet have in common: everything down to the middle block.

    `attention_head_dim` is, in spite of its name, the number of attention heads (one for all levels
    or one each).
    """

    in_channels: int = 4
    block_out_channels: tuple[int, ...] = (320, 640, 1280, 1280)
    down_block_types: tuple[str, ...] = ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",)
    mid_block_type: str | None = MID_BLOCK
    layers_per_block: PerLevel = 2
    transformer_layers_per_block: PerLevel = 1
    attention_head_dim: PerLevel = 8
    cross_attention_dim: int = 1280
    only_cross_attention: bool | tuple[bool, ...] = False
    use_linear_projection: bool = False
    upcast_attention: bool = False
    norm_num_groups: int = 32
    norm_eps: float = 1e-5
    flip_sin_to_cos: bool = True
    freq_shift: float = 0.0

    IGNORED: ClassVar[frozenset[str]] = UNUSED
    FIXED: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "act_fn": ("silu", "swish"),
        "addition_embed_type": (None,),
        "attention_type": ("default",),
        "center_input_sample": _OFF,
        "class_embed_type": (None,),
        "class_embeddings_concat": _OFF,
        "conv_in_kernel": (3,),
        "conv_out_kernel": (3,),
        "cross_attention_norm": (None,),
        "downsample_padding": (1,),
        "dual_cross_attention": _OFF,
        "encoder_hid_dim": (None,),
        "encoder_hid_dim_type": (None,),
        "mid_block_scale_factor": (1,),
        "num_class_embeds": (None,),
        "resnet_out_scale_factor": (1,),
        "resnet_skip_time_act": _OFF,
        "resnet_time_scale_shift": ("default",),
        "reverse_transformer_layers_per_block": (None,),
        "time_cond_proj_dim": (None,),
        "time_embedding_act_fn": (None,),
        "time_embedding_dim": (None,),
        "time_embedding_type": ("positional",),
        "timestep_post_act": (None,),
    }

    @property
    def levels(self) -> int:
        """The number of resolutions."""
        return len(self.block_out_channels)

    @property
    def layers(self) -> tuple[int, ...]:
        """Resnet blocks of each level on the way down; the way up has one more."""
        return _per_level(self.layers_per_block, self.levels)

    @property
    def transformer_depths(self) -> tuple[int, ...]:
        """Transformer blocks behind each resnet block, where a level has attention."""
        return _per_level(self.transformer_layers_per_block, self.levels)

    @property
    def heads(self) -> tuple[int, ...]:
        """Attention heads of each level."""
        return _per_level(self.attention_head_dim, self.levels)

    @property
    def cross_attention_only(self) -> tuple[bool, ...]:
        """For each level, whether the first attention looks at the text as well."""
        return _per_level(self.only_cross_attention, self.levels)

    def check(self, refuse: Refuse) -> None:
        for kind in self.down_block_types:
            if kind not in DOWN_BLOCKS:
                refuse("down_block_types", kind, " or ".join(DOWN_BLOCKS))
        if self.mid_block_type not in (MID_BLOCK, None):
            refuse("mid_block_type", self.mid_block_type, f"{MID_BLOCK} or null")
        one_each = ("down_block_types", "layers_per_block", "transformer_layers_per_block")
        for name in (*one_each, "attention_head_dim", "only_cross_attention"):
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) != self.levels:
                refuse(
                    name,
                    list(value),
                    f"of {self.levels} entries, one for each of block_out_channels",
                )
        for channels, heads in zip(self.block_out_channels, self.heads, strict=True):
            if channels % self.norm_num_groups:
                refuse(
                    "block_out_channels", channels, f"a multiple of {self.norm_num_groups} groups"
                )
            if channels % heads:
                refuse(
                    "attention_head_dim",
                    heads,
                    f"a divisor of the {channels} channels of its level",
                )
        if self.block_out_channels[0] % 2:
            refuse(
                "block_out_channels", self.block_out_channels[0], "even, for the timestep embedding"
            )


@dataclass(frozen=True, kw_only=True)
class UNetConfig(DenoiserConfig):
    """`unet/config.json`; `sample_size` is the latent grid that the model was trained at."""

    sample_size: int | tuple[int, ...] | None = None
    out_channels: int = 4
    up_block_types: tuple[str, ...] = ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3

    CLASS_NAMES: ClassVar[tuple[str, ...]] = ("UNet2DConditionModel", "FlaxUNet2DConditionModel")
    FIXED: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        **DenoiserConfig.FIXED,
        "num_attention_heads": (None,),
    }

    def check(self, refuse: Refuse) -> None:
        super().check(refuse)
        for kind in self.up_block_types:
            if kind not in UP_BLOCKS:
                refuse("up_block_types", kind, " or ".join(UP_BLOCKS))
        if len(self.up_block_types) != self.levels:
            got = list(self.up_block_types)
            refuse(
                "up_block_types",
                got,
                f"of {self.levels} entries, one for each of block_out_channels",
            )


@dataclass(frozen=True, kw_only=True)
class ControlNetConfig(DenoiserConfig):
    """`config.json` of a ControlNet repository."""

    num_attention_heads: PerLevel | None = None
    conditioning_channels: int = 3
    controlnet_conditioning_channel_order: str = "rgb"
    conditioning_embedding_out_channels: tuple[int, ...] = (16, 32, 96, 256)

    CLASS_NAMES: ClassVar[tuple[str, ...]] = ("ControlNetModel", "FlaxControlNetModel")
    FIXED: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        **DenoiserConfig.FIXED,
        "global_pool_conditions": _OFF,
    }

    @property
    def heads(self) -> tuple[int, ...]:
        return _per_level(self.num_attention_heads or self.attention_head_dim, self.levels)

    @property
    def downscale(self) -> int:
        """Pixels of the control map for each cell of the latent grid, in each direction."""
        return 2 ** (len(self.conditioning_embedding_out_channels) - 1)

    def check(self, refuse: Refuse) -> None:
        heads = self.num_attention_heads
        if isinstance(heads, tuple) and len(heads) != self.levels:
            refuse(
                "num_attention_heads", list(heads), f"of {self.levels} entries, one for each level"
            )
        super().check(refuse)
        if self.mid_block_type is None:
            refuse("mid_block_type", None, MID_BLOCK)
        if self.conditioning_channels != 3:
            refuse("conditioning_channels", self.conditioning_channels, "3")
        order = self.controlnet_conditioning_channel_order
        if order not in ("rgb", "bgr"):
            refuse("controlnet_conditioning_channel_order", order, "rgb or bgr")
