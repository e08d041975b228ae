"""The configurations of CLIP's text model and of the safety checker's vision model."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from inference.errors import UnsupportedConfig
from inference.models.json_config import JsonConfig, Refuse


@dataclass(frozen=True, kw_only=True)
class CLIPConfig(JsonConfig):
    """What CLIP's text and vision models have in common: their layers."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int = 12
    num_attention_heads: int
    hidden_act: str = "quick_gelu"
    layer_norm_eps: float = 1e-5

    @classmethod
    def _is_ignored(cls, name: str, value: object) -> bool:
        """transformers adds dozens of fields for other uses: labels, generation, tokens."""
        return True

    def check(self, refuse: Refuse) -> None:
        if self.hidden_act not in ("quick_gelu", "gelu"):
            refuse("hidden_act", self.hidden_act, "quick_gelu or gelu")
        if self.hidden_size % self.num_attention_heads:
            refuse(
                "num_attention_heads",
                self.num_attention_heads,
                f"a divisor of hidden_size ({self.hidden_size})",
            )


@dataclass(frozen=True, kw_only=True)
class TextEncoderConfig(CLIPConfig):
    """`text_encoder/config.json`, a CLIP text model of transformers."""

    vocab_size: int = 49408
    hidden_size: int = 512
    intermediate_size: int = 2048
    num_attention_heads: int = 8
    max_position_embeddings: int = 77

    CLASS_NAMES: ClassVar[tuple[str, ...]] = ("CLIPTextModel", "FlaxCLIPTextModel")
    FIXED: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "architectures": (None, ("CLIPTextModel",), ("FlaxCLIPTextModel",)),
        "model_type": (None, "clip_text_model"),
    }

    def to_dict(self) -> dict[str, Any]:
        """The JSON object to save, as transformers writes it for PyTorch and Flax alike."""
        values = super().to_dict()
        del values["_class_name"]
        return {"architectures": ["CLIPTextModel"], "model_type": "clip_text_model", **values}


@dataclass(frozen=True, kw_only=True)
class SafetyCheckerConfig(CLIPConfig):
    """`safety_checker/config.json`: the vision model of a CLIP, and the size of its projection.

    transformers keeps the former in `vision_config`, beside a `text_config` that nothing uses.
    """

    hidden_size: int = 768
    intermediate_size: int = 3072
    num_attention_heads: int = 12
    image_size: int = 224
    patch_size: int = 32
    projection_dim: int = 512

    CLASS_NAMES: ClassVar[tuple[str, ...]] = ("StableDiffusionSafetyChecker",)
    FIXED: ClassVar[Mapping[str, tuple[Any, ...]]] = {"num_channels": (3,)}

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], *, where: str = "config.json"
    ) -> "SafetyCheckerConfig":
        """As JsonConfig's, from the parts that count."""
        vision = data.get("vision_config")
        if not isinstance(vision, dict):
            got = "absent" if vision is None else vision
            raise UnsupportedConfig("vision_config", got, expected="an object", where=where)
        names = {field.name for field in fields(cls)} | cls.FIXED.keys()
        own = {name: value for name, value in vision.items() if name in names}
        if "projection_dim" in data:
            own["projection_dim"] = data["projection_dim"]
        else:
            own.pop("projection_dim", None)
        return super().from_dict(own, where=where)

    @property
    def patches(self) -> int:
        """Of a picture."""
        return (self.image_size // self.patch_size) ** 2

    def to_dict(self) -> dict[str, Any]:
        """The JSON object to save, as transformers writes it."""
        vision = super().to_dict()
        del vision["_class_name"]
        return {
            "architectures": [self.CLASS_NAMES[0]],
            "model_type": "clip",
            "projection_dim": vision.pop("projection_dim"),
            "vision_config": vision,
        }
