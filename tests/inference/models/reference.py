"""PyTorch modules of diffusers and transformers with random weights, to compare with."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

from inference.checkpoints.renaming import flax_leaf
from inference.models.build import build
from inference.models.json_config import JsonConfig

SD15 = {
    "block_out_channels": [32, 64],
    "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
    "layers_per_block": 1,
    "attention_head_dim": 8,
    "cross_attention_dim": 24,
}
"""Stable Diffusion 1.5 in small: one number of heads, 1x1 convolutions into the transformers."""

SD21 = {
    **SD15,
    "attention_head_dim": [2, 4],
    "use_linear_projection": True,
    "upcast_attention": True,
}
"""Stable Diffusion 2.1 in small: heads for each level, dense layers into the transformers."""

UP = ["UpBlock2D", "CrossAttnUpBlock2D"]


def randomize(module: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """Every parameter drawn anew, norms, biases and zero-initialised layers included."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim > 1:
                noise *= parameter[0].numel() ** -0.5
            else:
                noise *= 0.1
            is_norm = "norm" in name and name.endswith("weight")
            parameter.copy_(noise + 1.0 if is_norm else noise)
    return module.eval()


def params_of(module: torch.nn.Module, component: str) -> dict[str, Any]:
    """The module's weights as our parameter tree."""
    tree: dict[str, Any] = {}
    for name, tensor in module.state_dict().items():
        placed = flax_leaf(name, tensor.numpy(), component=component)
        if placed is None:
            continue
        path, leaf = placed
        node = tree
        for part in path[:-1]:
            node = node.setdefault(part, {})
        node[path[-1]] = jnp.asarray(leaf)
    return tree


def apply(config: JsonConfig, params: Any, *inputs: Any, **options: Any) -> Any:
    """Our network on NumPy inputs, compiled; `options` are those of `apply`."""
    network = build(config)
    arrays = [jax.tree.map(jnp.asarray, value) for value in inputs]
    # What is compared once need not be optimised: that halves the time to compile.
    quickly = {"xla_backend_optimization_level": 0}
    run = jax.jit(lambda p, *args: network.apply({"params": p}, *args, **options))
    return run.lower(params, *arrays).compile(quickly)(params, *arrays)


def draw(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def to_torch(nhwc: np.ndarray) -> torch.Tensor:
    return torch.tensor(np.asarray(nhwc)).permute(0, 3, 1, 2)


def to_numpy(nchw: torch.Tensor) -> np.ndarray:
    return nchw.detach().permute(0, 2, 3, 1).numpy()


def assert_equal(ours: Any, theirs: np.ndarray, tolerance: float = 1e-4) -> None:
    """Within `tolerance` of the largest value."""
    assert ours.shape == theirs.shape
    error = np.abs(np.asarray(ours, np.float32) - theirs).max() / np.abs(theirs).max()
    assert error < tolerance, f"differs by {error:.2e} of the largest value"
