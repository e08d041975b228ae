"""A text-to-image model's folder: writing the one in training, reading the one to build upon."""

import json
from dataclasses import dataclass
from pathlib import Path

from inference.models.config import TextEncoderConfig, UNetConfig, VAEConfig
from inference.models.text_encoder import CLIPTextModel
from inference.models.unet import UNet2DConditionModel
from inference.models.vae import AutoencoderKL
from training.checkpoint import Params
from training.component import read_component, write_component
from training.diffusion import SCHEDULER
from training.precision import compute_dtype

TEXT_FILE = "flax_model.msgpack"

_INDEX = {
    "_class_name": "FlaxStableDiffusionPipeline",
    "feature_extractor": [None, None],
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "FlaxDDIMScheduler"],
    "text_encoder": ["transformers", "FlaxCLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "FlaxUNet2DConditionModel"],
    "vae": ["diffusers", "FlaxAutoencoderKL"],
}


@dataclass(frozen=True)
class Base:
    """Networks and their weights: `params` has the trees text_encoder, unet and vae."""

    text_encoder: CLIPTextModel
    unet: UNet2DConditionModel
    vae: AutoencoderKL
    tokenizer: Path
    params: Params


def write(
    folder: Path,
    unet: UNetConfig,
    text_encoder: TextEncoderConfig,
    params: Params,
    *,
    dtype: str = "float32",
) -> None:
    """UNet, text encoder, scheduler and index, beside what is there (`vae/`, `tokenizer/`)."""
    write_component(folder / "unet", unet, params["unet"], dtype=dtype)
    write_component(
        folder / "text_encoder",
        text_encoder,
        params["text_encoder"],
        file=TEXT_FILE,
        dtype=dtype,
    )
    (folder / "scheduler").mkdir(exist_ok=True)
    scheduler = json.dumps(SCHEDULER, indent=2) + "\n"
    (folder / "scheduler" / "scheduler_config.json").write_text(scheduler)
    (folder / "model_index.json").write_text(json.dumps(_INDEX, indent=2) + "\n")


def load(folder: Path) -> Base:
    """The model in a folder that `write` wrote, in float32."""
    text_values, text_params = read_component(folder / "text_encoder", file=TEXT_FILE)
    unet_values, unet_params = read_component(folder / "unet")
    vae_values, vae_params = read_component(folder / "vae")
    dtype = compute_dtype()
    return Base(
        text_encoder=CLIPTextModel(TextEncoderConfig.from_dict(text_values), dtype=dtype),
        unet=UNet2DConditionModel(UNetConfig.from_dict(unet_values), dtype=dtype),
        vae=AutoencoderKL(VAEConfig.from_dict(vae_values), dtype=dtype),
        tokenizer=folder / "tokenizer",
        params={"text_encoder": text_params, "unet": unet_params, "vae": vae_params},
    )
