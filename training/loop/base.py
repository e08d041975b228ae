"""A base in training: text encoder, UNet and autoencoder, and their folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    scheduler: Mapping[str, Any] = field(default_factory=lambda: SCHEDULER)
    """Its `scheduler_config.json`."""
    generation: Mapping[str, Any] = field(default_factory=dict)
    """Its `generation_config.json`, if it has one."""

    @property
    def size(self) -> int:
        """Pixels a side of what it was trained on."""
        cells = self.unet.config.sample_size or 64
        side = cells if isinstance(cells, int) else min(cells)
        return side * self.vae.config.downscale


def write(folder: Path, base: Base, *, generation: Mapping[str, Any] = GENERATION) -> None:
    """The model in the diffusers layout, weights as they are."""
    save_bundle(folder, bundle_of(base, name=folder.name, generation=generation))


def bundle_of(base: Base, *, name: str, generation: Mapping[str, Any]) -> Bundle:
    """The same as a checkpoint."""
    params = jax.device_get(base.params)
    return Bundle(
        name=name,
        text_encoder=Component(base.text_encoder.config, params["text_encoder"]),
        unet=Component(base.unet.config, params["unet"]),
        vae=Component(base.vae.config, params["vae"]),
        tokenizer=base.tokenizer,
        scheduler_config=base.scheduler,
        generation_config=generation,
    )


def load(source: str | Path) -> Base:
    """The model in a folder or repository, in float32. Raises CheckpointError."""
    bundle = load_bundle(source, dtype=np.float32)
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
        scheduler=bundle.scheduler_config,
        generation=bundle.generation_config,
    )
