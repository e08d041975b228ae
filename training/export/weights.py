"""Export: what was trained, in the layouts of diffusers, Flax's and PyTorch's."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from inference.checkpoints import save_component
from inference.checkpoints.renaming import torch_tensors
from inference.checkpoints.saving import save_layout
from inference.checkpoints.weights import COMPONENTS
from inference.models.denoiser_config import ControlNetConfig
from inference.models.json_config import JsonConfig
from training.loop.base import Base, bundle_of
from training.loop.checkpoint import Params

INDEX, CONFIG = "model_index.json", "config.json"


def export_controlnet(folder: Path, config: ControlNetConfig, params: Params) -> None:
    """Writes `config.json`, `diffusion_flax_model.msgpack`, `diffusion_pytorch_model.safetensors`.

    Whoever reads the folder meanwhile finds the files before or after, never half of one.
    """
    with _moved_into(folder) as partial:
        _save_twice(partial, config, params)


def export_pipeline(folder: Path, base: Base) -> None:
    """Writes a whole model: what `export_controlnet` does for a network, for each of three.

    Text encoder and autoencoder, which a fine-tune leaves as they are, are written once.
    """
    bundle = bundle_of(base, name=folder.name, generation=base.generation)
    with _moved_into(folder) as partial:
        for name in ("text_encoder", "vae", "unet"):
            if name == "unet" or not (folder / name / CONFIG).exists():
                network = getattr(bundle, name)
                _save_twice(partial / name, network.config, network.params)
        save_layout(partial, bundle, framework="torch")


def _save_twice(folder: Path, config: JsonConfig, params: Params) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    component, files = COMPONENTS[type(config)]
    tensors = {
        name: np.ascontiguousarray(tensor, np.float32)
        for name, tensor in torch_tensors(params, component=component)
    }
    save_file(tensors, folder / f"{files.torch}.safetensors", metadata={"format": "pt"})
    # Last, so that whoever loads it is not told that the other weights are newer.
    save_component(folder, config, params)


@contextlib.contextmanager
def _moved_into(folder: Path) -> Iterator[Path]:
    """A folder beside it to write in; its files come into `folder` when all are whole.

    A network's configuration comes behind its weights, and what a model consists of in the end.
    """
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
    partial.mkdir(parents=True)
    yield partial
    files = [path for path in partial.rglob("*") if path.is_file()]
    for file in sorted(files, key=lambda file: (file.name == INDEX, file.name == CONFIG)):
        place = folder / file.relative_to(partial)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)
    shutil.rmtree(partial)
