"""The configuration of the upscaler, which checkpoints have as a `config.json`, or not at all."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from inference.errors import UnsupportedConfig
from inference.models.json_config import JsonConfig, Refuse


@dataclass(frozen=True, kw_only=True)
class UpscalerConfig(JsonConfig):
    """`upscaler/config.json`, Real-ESRGAN's compact network; the defaults are its x4 model's.

    `num_conv` convolutions of `num_feat` channels stand between the first and the last one.
    """

    num_feat: int = 64
    num_conv: int = 32
    upscale: int = 4

    CLASS_NAMES: ClassVar[tuple[str, ...]] = ("SRVGGNetCompact",)
    FIXED: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "num_in_ch": (3,),
        "num_out_ch": (3,),
        "act_type": ("prelu",),
    }
    REMEDY: ClassVar[str] = (
        "choose an upscaler with Real-ESRGAN's compact network, such as realesr-general-x4v3"
    )

    @classmethod
    def of_shapes(cls, shapes: Mapping[str, tuple[int, ...]], *, where: str) -> "UpscalerConfig":
        """What the `config.json` of weights with leaves of these shapes would say.

        Raises UnsupportedConfig where they are not even alike.
        """
        convolutions = [shape for name, shape in shapes.items() if name.endswith("/kernel")]
        first = shapes.get("body_0/kernel", ())
        last = shapes.get(f"body_{2 * len(convolutions) - 2}/kernel", ())
        if len(first) != 4 or len(last) != 4 or len(convolutions) < 3:
            raise UnsupportedConfig(
                "weights",
                ", ".join(list(shapes)[:3]) or "nothing",
                expected="body.0, body.1, … of a compact upscaler",
                where=where,
                remedy=cls.REMEDY,
            )
        fields = {
            "num_feat": first[-1],
            "num_conv": len(convolutions) - 2,
            "upscale": math.isqrt(last[-1] // 3),
        }
        return cls.from_dict(fields, where=where)

    @property
    def reach(self) -> int:
        """How far, in pixels of the small picture, a pixel's surroundings matter to it."""
        return self.num_conv + 2

    def check(self, refuse: Refuse) -> None:
        if self.upscale not in (2, 4):
            refuse("upscale", self.upscale, "2 or 4")

    def to_dict(self) -> dict[str, Any]:
        """The JSON object to save: there is no Flax class of another name."""
        return {**super().to_dict(), "_class_name": self.CLASS_NAMES[0]}
