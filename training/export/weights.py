"""Export: a trained ControlNet in the layouts of diffusers, Flax's and PyTorch's."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from inference.checkpoints import save_component
from inference.checkpoints.renaming import torch_tensors
from inference.models.denoiser_config import ControlNetConfig
from training.loop.checkpoint import Params


def export_controlnet(folder: Path, config: ControlNetConfig, params: Params) -> None:
    """Writes `config.json`, `diffusion_flax_model.msgpack`, `diffusion_pytorch_model.safetensors`.

    Whoever reads the folder meanwhile finds the files before or after, never half of one.
    """
    partial = folder.with_name(f"{folder.name}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: np.ascontiguousarray(tensor, np.float32) for name, tensor in torch_tensors(params)
    }
    save_file(tensors, partial / "diffusion_pytorch_model.safetensors", metadata={"format": "pt"})
    # Last, so that whoever loads it is not told that the other weights are newer.
    save_component(partial, config, params)
    folder.mkdir(parents=True, exist_ok=True)
    for file in partial.iterdir():
        file.replace(folder / file.name)
    partial.rmdir()
