"""What a checkpoint is once it is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from inference.models.clip_config import SafetyCheckerConfig, TextEncoderConfig
from inference.models.denoiser_config import ControlNetConfig, UNetConfig
from inference.models.json_config import JsonConfig
from inference.models.upscaler_config import UpscalerConfig
from inference.models.vae_config import VAEConfig

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
    called `controlnet-<name>`, or as diffusers saves them with their pipeline. `upscaler` enlarges
    finished pictures, and `safety_checker` looks at them, each in a folder of that name. `license`
    is what the model card states. `notices` says what is left out, or is there twice.
    """

    name: str
    text_encoder: Component[TextEncoderConfig]
    unet: Component[UNetConfig]
    vae: Component[VAEConfig]
    tokenizer: Path
    scheduler_config: Mapping[str, Any]
    generation_config: Mapping[str, Any] = field(default_factory=dict)
    controlnets: Mapping[str, ControlNet] = field(default_factory=dict)
    upscaler: Component[UpscalerConfig] | None = None
    safety_checker: Component[SafetyCheckerConfig] | None = None
    license: str | None = None
    notices: tuple[str, ...] = ()

    @property
    def inpaints(self) -> bool:
        """Whether the UNet is given mask and masked picture beside the sample."""
        latents = self.vae.config.latent_channels
        return self.unet.config.in_channels == 2 * latents + 1

    def without_weights(self) -> "Bundle":
        """What it is, without the memory that it takes."""
        return replace(
            self,
            text_encoder=replace(self.text_encoder, params={}),
            unet=replace(self.unet, params={}),
            vae=replace(self.vae, params={}),
            controlnets={},
            upscaler=None,
            safety_checker=None,
        )
