"""From a configuration to its network."""

import jax.numpy as jnp
from jax.typing import DTypeLike

from inference.models.clip_config import SafetyCheckerConfig, TextEncoderConfig
from inference.models.controlnet import ControlNetModel
from inference.models.denoiser_config import ControlNetConfig, UNetConfig
from inference.models.json_config import JsonConfig
from inference.models.safety_checker import StableDiffusionSafetyChecker
from inference.models.text_encoder import CLIPTextModel
from inference.models.unet import UNet2DConditionModel
from inference.models.upscaler import SRVGGNetCompact
from inference.models.upscaler_config import UpscalerConfig
from inference.models.vae import AutoencoderKL

Network = (
    UNet2DConditionModel
    | ControlNetModel
    | AutoencoderKL
    | CLIPTextModel
    | SRVGGNetCompact
    | StableDiffusionSafetyChecker
)


def build(config: JsonConfig, dtype: DTypeLike = jnp.float32) -> Network:
    """The network that `config` describes, computing in `dtype`."""
    match config:
        case UNetConfig():
            return UNet2DConditionModel(config, dtype)
        case ControlNetConfig():
            return ControlNetModel(config, dtype)
        case TextEncoderConfig():
            return CLIPTextModel(config, dtype)
        case SafetyCheckerConfig():
            return StableDiffusionSafetyChecker(config, dtype)
        case UpscalerConfig():
            return SRVGGNetCompact(config, dtype)
        case _:
            return AutoencoderKL(config, dtype)  # pyright: ignore[reportArgumentType]
