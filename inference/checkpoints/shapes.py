"""A model as shapes: its configurations, with nothing of its weights read."""

from pathlib import Path
from typing import Any

import jax

from inference.checkpoints.bundle import Bundle, Component, ConfigT, ControlNet
from inference.checkpoints.loading import sources_beside
from inference.checkpoints.source import Folder, open_source
from inference.checkpoints.weights import read_config
from inference.models.build import build
from inference.models.clip_config import TextEncoderConfig
from inference.models.denoiser_config import ControlNetConfig, UNetConfig
from inference.models.json_config import JsonConfig
from inference.models.vae_config import VAEConfig

SCHEDULER = {"_class_name": "DDIMScheduler", "num_train_timesteps": 1000}


def load_shapes(source: str, *, dtype: Any) -> Bundle:
    """A bundle that no picture can be made with: its leaves are shapes of that type.

    It has one ControlNet: the first beside the model, else one such as its UNet would have. Raises
    one of the CheckpointErrors of `inference.errors`.
    """
    folder = open_source(source)
    unet = _component(folder, "unet", UNetConfig, dtype)
    vae = _component(folder, "vae", VAEConfig, dtype)
    beside = sources_beside(source)
    if beside:
        name, where = next(iter(beside.items()))
        config, _ = read_config(open_source(where), "", ControlNetConfig)
    else:
        name, config = "controlnet", _usual(unet.config, vae.config)
    return Bundle(
        name=folder.name,
        text_encoder=_component(folder, "text_encoder", TextEncoderConfig, dtype),
        unet=unet,
        vae=vae,
        tokenizer=Path(),
        scheduler_config=SCHEDULER,
        controlnets={name: ControlNet(name, config, _shapes(config, dtype))},
    )


def _component(
    folder: Folder, subfolder: str, config_type: type[ConfigT], dtype: Any
) -> Component[ConfigT]:
    config, _ = read_config(folder, subfolder, config_type)
    return Component(config, _shapes(config, dtype))


def _usual(unet: UNetConfig, vae: VAEConfig) -> ControlNetConfig:
    """A copy of the UNet's encoder, with a map of eight, four, … pixels to a latent cell."""
    widths = (16, 32, 96, 256, 256)[: vae.downscale.bit_length()]
    shared = {
        name: getattr(unet, name)
        for name in ControlNetConfig.__dataclass_fields__
        if name in UNetConfig.__dataclass_fields__
    }
    return ControlNetConfig(**{**shared, "conditioning_embedding_out_channels": widths})


def _shapes(config: JsonConfig, dtype: Any) -> Any:
    shapes = jax.eval_shape(build(config).init_params, jax.random.key(0))
    return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, dtype), shapes)
