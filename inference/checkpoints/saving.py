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
Framework = Literal["flax", "torch"]
"""Whose classes `model_index.json` names. diffusers 0.40 and later knows PyTorch's alone; the Flax
pipelines of before find their own by PyTorch's names too (0.39's `import_flax_or_no_model`)."""


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
    save_layout(folder, bundle)


def save_layout(folder: Path, bundle: Bundle, *, framework: Framework = "flax") -> None:
    """Writes all but the networks: tokenizer, scheduler, settings, and last what it consists of."""
    tokenizer = folder / "tokenizer"
    if bundle.tokenizer.resolve() != tokenizer.resolve():
        shutil.copytree(bundle.tokenizer, tokenizer, dirs_exist_ok=True)
    _write_json(folder / "scheduler" / "scheduler_config.json", bundle.scheduler_config)
    if bundle.generation_config:
        _write_json(folder / "generation_config.json", bundle.generation_config)
    _write_json(folder / "model_index.json", _model_index(bundle, framework))


def _model_index(bundle: Bundle, framework: Framework) -> dict[str, Any]:
    prefix = "Flax" if framework == "flax" else ""
    named = str(bundle.scheduler_config.get("_class_name", "PNDMScheduler"))
    scheduler = named.removeprefix("Flax")
    known = scheduler.removesuffix("Scheduler") in _FLAX_SCHEDULERS
    return {
        "_class_name": f"{prefix}StableDiffusionPipeline",
        "feature_extractor": [None, None],
        "safety_checker": [None, None],
        "scheduler": ["diffusers", f"{prefix}{scheduler}" if known else scheduler],
        "text_encoder": ["transformers", f"{prefix}CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", f"{prefix}UNet2DConditionModel"],
        "vae": ["diffusers", f"{prefix}AutoencoderKL"],
    }


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dict(value), indent=2) + "\n", encoding="utf-8")
