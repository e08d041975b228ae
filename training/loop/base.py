"""A base in training: text encoder, UNet and autoencoder, and their folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from inference.checkpoints import Bundle, Component, load_bundle, save_bundle
from inference.models.text_encoder import CLIPTextModel
from inference.models.unet import UNet2DConditionModel
from inference.models.vae import AutoencoderKL
from training.loop.checkpoint import Params
from training.loop.diffusion import SCHEDULER
from training.loop.precision import compute_dtype

GENERATION: dict[str, Any] = {"sampler": "euler_ancestral", "steps": 15, "guidance_scale": 2.0}
"""`generation_config.json`: the settings that were found to suit what is trained here."""

FEW_STEPS: dict[str, Any] = {"sampler": "lcm", "steps": 4, "guidance_scale": 1.0}
"""The same for a base that was trained on for few steps."""


@dataclass(frozen=True)
class Base:
    """Networks and their weights: `params` has the trees text_encoder, unet and vae."""

    text_encoder: CLIPTextModel
    unet: UNet2DConditionModel
    vae: AutoencoderKL
    tokenizer: Path
    params: Params


def write(folder: Path, base: Base, *, generation: Mapping[str, Any] = GENERATION) -> None:
    """The model in the diffusers layout, weights as they are."""
    params = jax.device_get(base.params)
    bundle = Bundle(
        name=folder.name,
        text_encoder=Component(base.text_encoder.config, params["text_encoder"]),
        unet=Component(base.unet.config, params["unet"]),
        vae=Component(base.vae.config, params["vae"]),
        tokenizer=base.tokenizer,
        scheduler_config=SCHEDULER,
        generation_config=generation,
    )
    save_bundle(folder, bundle)


def load(folder: Path) -> Base:
    """The model in a folder, in float32. Raises CheckpointError."""
    bundle = load_bundle(folder, dtype=np.float32)
    dtype = compute_dtype()
    return Base(
        text_encoder=CLIPTextModel(bundle.text_encoder.config, dtype=dtype),
        unet=UNet2DConditionModel(bundle.unet.config, dtype=dtype),
        vae=AutoencoderKL(bundle.vae.config, dtype=dtype),
        tokenizer=bundle.tokenizer,
        params={
            "text_encoder": bundle.text_encoder.params,
            "unet": bundle.unet.params,
            "vae": bundle.vae.params,
        },
    )
