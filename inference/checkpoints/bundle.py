"""What a checkpoint is once it is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from inference.models.config import ControlNetConfig, TextEncoderConfig, UNetConfig, VAEConfig
from inference.models.json_config import JsonConfig

Tree = dict[str, Any]
"""NumPy arrays, or trees of them, by the networks' Flax names."""

ConfigT = TypeVar("ConfigT", bound=JsonConfig)


@dataclass(frozen=True)
class Component(Generic[ConfigT]):
    """A network's configuration and its parameters."""

    config: ConfigT
    params: Tree = field(repr=False)


@dataclass(frozen=True)
class ControlNet:
    """A ControlNet; `name` is its repository or folder."""

    name: str
    config: ControlNetConfig
    params: Tree = field(repr=False)
    license: str | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """All parts of a text-to-image model.

    `name` is its repository or folder. `scheduler_config` is `scheduler_config.json`, which always
    names its `_class_name`. `generation_config` is the optional `generation_config.json`: the
    settings that its makers recommend. `controlnets` are those that ship beside it, in folders
    called `controlnet-<name>`, or as diffusers saves them with their pipeline. `license` is what
    the model card states. `notices` says what is left out, or is there twice.
    """

    name: str
    text_encoder: Component[TextEncoderConfig]
    unet: Component[UNetConfig]
    vae: Component[VAEConfig]
    tokenizer: Path
    scheduler_config: Mapping[str, Any]
    generation_config: Mapping[str, Any] = field(default_factory=dict)
    controlnets: Mapping[str, ControlNet] = field(default_factory=dict)
    license: str | None = None
    notices: tuple[str, ...] = ()
