"""What each network is built from: its checkpoint's `config.json`, checked and frozen.

Every field keeps the name and meaning that diffusers and transformers gave it. A field falls in one
of four groups: those that the dataclass lists; those in `FIXED`, which change the computation and
are supported with the listed values only; those in `IGNORED`, which cannot change what is computed;
and anything else, which is accepted only when it is off (null, false or empty), because nothing is
known of what it would change.
"""

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin

from inference.errors import UnsupportedConfig

AnyConfig = TypeVar("AnyConfig", bound="JsonConfig")
Refuse = Callable[[str, object, str], None]
"""Called with a field, what it is, and what is expected of it; raises."""

UNUSED = frozenset(
    {
        "sample_size",
        "dropout",
        "addition_embed_type_num_heads",
        "addition_time_embed_dim",
        "projection_class_embeddings_input_dim",
        "mid_block_only_cross_attention",
        "use_memory_efficient_attention",
        "split_head_dim",
        "force_upcast",
        "decay",
        "inv_gamma",
        "min_decay",
        "optimization_step",
        "power",
        "update_after_step",
        "use_ema_warmup",
        "model_cls",
        "model_config",
    }
)
"""Fields that diffusers writes and that its networks do not compute with at inference.

Sizes to default to, hints for other implementations, parameters of options that `FIXED` rules out,
and the bookkeeping of EMAModel.save_pretrained.
"""


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _thawed(value: Any) -> Any:
    return [_thawed(item) for item in value] if isinstance(value, tuple) else value


def _fits(value: Any, annotation: Any) -> bool:
    """Whether `value` is of the annotated type: ints are positive, any real number is a float."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return any(_fits(value, option) for option in get_args(annotation))
    if origin is tuple:
        item = get_args(annotation)[0]
        return isinstance(value, tuple) and len(value) > 0 and all(_fits(v, item) for v in value)
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    if annotation is float:
        return (
            isinstance(value, int | float) and math.isfinite(value) and not isinstance(value, bool)
        )
    return isinstance(value, annotation)


def _spelled(annotation: Any) -> str:
    """The annotation as a person would say it, for an error message."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(_spelled(option) for option in get_args(annotation))
    if origin is tuple:
        return f"a list of {_spelled(get_args(annotation)[0])}s"
    names = {int: "positive integer", float: "number", bool: "true or false", str: "string"}
    return names.get(annotation, "null")


@dataclass(frozen=True, kw_only=True)
class JsonConfig:
    """A network's configuration; use the subclasses."""

    CLASS_NAMES: ClassVar[tuple[str, ...]] = ()
    FIXED: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    IGNORED: ClassVar[frozenset[str]] = frozenset()
    REMEDY: ClassVar[str] = "choose a checkpoint of the Stable Diffusion 1.x or 2.x family"

    @classmethod
    def from_dict(
        cls: type[AnyConfig], data: Mapping[str, Any], *, where: str = "config.json"
    ) -> AnyConfig:
        """Reads the JSON object of a `config.json`.

        Raises UnsupportedConfig, which names the field, for everything that this code would not
        compute as diffusers and transformers do.
        """

        def refuse(field: str, got: object, expected: str) -> None:
            raise UnsupportedConfig(field, got, expected=expected, where=where, remedy=cls.REMEDY)

        class_name = data.get("_class_name", cls.CLASS_NAMES[0])
        if class_name not in cls.CLASS_NAMES:
            refuse("_class_name", class_name, " or ".join(cls.CLASS_NAMES))
        annotations = {field.name: field.type for field in fields(cls)}
        values: dict[str, Any] = {}
        for name, raw in data.items():
            value = _frozen(raw)
            if name in annotations:
                if not _fits(value, annotations[name]):
                    refuse(name, raw, _spelled(annotations[name]))
                wants_float = annotations[name] in (float, float | None)
                values[name] = float(value) if wants_float and isinstance(value, int) else value
            elif name in cls.FIXED:
                if value not in cls.FIXED[name]:
                    refuse(name, raw, " or ".join(repr(v) for v in cls.FIXED[name]))
            elif not cls._is_ignored(name, value):
                refuse(name, raw, "absent, as its meaning is not known here")
        config = cls(**values)
        config.check(refuse)
        return config

    @classmethod
    def _is_ignored(cls, name: str, value: object) -> bool:
        return name.startswith("_") or name in cls.IGNORED or not value

    def check(self, refuse: Refuse) -> None:
        """Calls `refuse(field, got, expected)` where a value is unknown or contradicts another."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON object to save as `config.json`, under the old Flax class name."""
        values = {field.name: _thawed(getattr(self, field.name)) for field in fields(self)}
        return {"_class_name": f"Flax{self.CLASS_NAMES[0]}", **values}
