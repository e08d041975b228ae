"""Checkpoints to disk, in the layout of diffusers' old Flax pipelines."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from inference.checkpoints import int8
from inference.checkpoints.bundle import Bundle
from inference.checkpoints.msgpack_file import write_msgpack
from inference.checkpoints.weights import COMPONENTS
from inference.models.json_config import JsonConfig

_FLAX_SCHEDULERS = ("DDIM", "DDPM", "DPMSolverMultistep", "Euler", "LMSDiscrete", "PNDM")


Storage = Literal["plain", "int8"]
"""How weights are kept in a file: in the dtypes that they have, or as `int8` says."""


def save_component(
    folder: Path, config: JsonConfig, params: Any, *, storage: Storage = "plain"
) -> None:
    """Writes `config.json` and the Flax msgpack of one network."""
    folder.mkdir(parents=True, exist_ok=True)
    quantised = storage == "int8"
    fields = {int8.FIELD: int8.METHOD} if quantised else {}
    _write_json(folder / "config.json", config.to_dict() | fields)
    _, file_names = COMPONENTS[type(config)]
    tree = int8.quantise(params) if quantised else params
    write_msgpack(folder / f"{file_names.flax}.msgpack", tree)


def save_bundle(folder: Path, bundle: Bundle, *, storage: Storage = "plain") -> None:
    """Writes a whole model with its ControlNets: plain, FlaxStableDiffusionPipeline reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("text_encoder", "unet", "vae"):
        component = getattr(bundle, name)
        save_component(folder / name, component.config, component.params, storage=storage)
    for name, control in bundle.controlnets.items():
        save_component(
            folder / f"controlnet-{name}", control.config, control.params, storage=storage
        )
    if bundle.upscaler is not None:
        upscaler = bundle.upscaler
        save_component(folder / "upscaler", upscaler.config, upscaler.params, storage=storage)
    tokenizer = folder / "tokenizer"
    if bundle.tokenizer.resolve() != tokenizer.resolve():
        shutil.copytree(bundle.tokenizer, tokenizer, dirs_exist_ok=True)
    _write_json(folder / "scheduler" / "scheduler_config.json", bundle.scheduler_config)
    if bundle.generation_config:
        _write_json(folder / "generation_config.json", bundle.generation_config)
    _write_json(folder / "model_index.json", _model_index(bundle))


def _model_index(bundle: Bundle) -> dict[str, Any]:
    scheduler = str(bundle.scheduler_config.get("_class_name", "PNDMScheduler"))
    known = scheduler.removesuffix("Scheduler") in _FLAX_SCHEDULERS
    return {
        "_class_name": "FlaxStableDiffusionPipeline",
        "feature_extractor": [None, None],
        "safety_checker": [None, None],
        "scheduler": ["diffusers", f"Flax{scheduler}" if known else scheduler],
        "text_encoder": ["transformers", "FlaxCLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "FlaxUNet2DConditionModel"],
        "vae": ["diffusers", "FlaxAutoencoderKL"],
    }


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dict(value), indent=2) + "\n", encoding="utf-8")
