"""The one door between PyTorch's parameter names and layouts and Flax's.

diffusers    `mid_block.resnets.0.conv1.weight` [O, I, H, W] -> `mid_block/resnets_0/conv1/kernel`
[H, W, I, O] transformers `encoder.layers.0.mlp.fc1.weight` [O, I] ->
`text_model/encoder/layers/0/mlp/fc1/kernel` [I, O]

Norm weights become `scale`, embedding tables `embedding`; biases keep their name.
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from flax.traverse_util import flatten_dict
from jaxtyping import Shaped

_VAE_ATTENTION = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out_0": "proj_attn"}
_VAE_ATTENTION_TO_TORCH = {ours: theirs for theirs, ours in _VAE_ATTENTION.items()}
_TORCH_LEAVES = {"kernel": "weight", "scale": "weight", "embedding": "weight"}
_NUMBERED = re.compile(r"_(\d+)$")
_CLIP = ("text_encoder", "safety_checker")
_CLIP_BUFFERS = ("position_ids",)


def flax_leaf(
    name: str, tensor: Shaped[np.ndarray, "..."], *, component: str
) -> tuple[tuple[str, ...], Shaped[np.ndarray, "..."]] | None:
    """Where a PyTorch tensor goes in the Flax tree, and as what; None for a buffer to drop.

    `component` is one of those in `weights.COMPONENTS`. What has no place comes back
    under a name that will not fit either, so that the comparison with the network reports it.
    """
    parts = name.split(".")
    if component in _CLIP:
        if parts[-1] in _CLIP_BUFFERS:
            return None
        path = _clip_path(parts, component)
    else:
        path = _join_numbers(parts)
        if component == "vae":
            path = [_VAE_ATTENTION.get(part, part) for part in path]
    *modules, leaf = path
    if leaf != "weight":
        return tuple(path), tensor
    match tensor.ndim:
        case 1:
            return (*modules, "scale"), tensor
        case 2 if modules and modules[-1].endswith("_embedding"):
            return (*modules, "embedding"), tensor
        case 2:
            return (*modules, "kernel"), tensor.T
        case 4:
            return (*modules, "kernel"), tensor.transpose(2, 3, 1, 0)
        case _:
            return tuple(path), tensor


def torch_tensors(
    params: Any, *, component: str
) -> Iterator[tuple[str, Shaped[np.ndarray, "..."]]]:
    """The tensors of a network by their PyTorch names: `flax_leaf` the other way."""
    renamed = _VAE_ATTENTION_TO_TORCH if component == "vae" else {}
    flat: dict[tuple[str, ...], Any] = flatten_dict(params)
    for (*path, kind), leaf in flat.items():
        modules = [renamed.get(part, part) for part in path]
        name = ".".join([*map(_split_number, modules), _TORCH_LEAVES.get(kind, kind)])
        tensor = np.asarray(leaf)
        if kind == "kernel":
            tensor = tensor.transpose(3, 2, 0, 1) if tensor.ndim == 4 else tensor.T
        yield name, tensor


def _split_number(part: str) -> str:
    """`resnets_0` -> `resnets.0`; but the two layers of an embedding are not a list."""
    return part if part.startswith("linear_") else _NUMBERED.sub(r".\1", part)


def _clip_path(parts: list[str], component: str) -> list[str]:
    """transformers 5 saves one level of names less than it did."""
    if component == "text_encoder":
        return parts if parts[0] == "text_model" else ["text_model", *parts]
    is_new = parts[0] == "vision_model" and parts[1:2] != ["vision_model"]
    return ["vision_model", *parts] if is_new else parts


def _join_numbers(parts: list[str]) -> list[str]:
    """`resnets, 0, conv1` -> `resnets_0, conv1`: Flax has no lists of modules."""
    joined: list[str] = []
    for part in parts:
        if part.isdecimal() and joined:
            joined[-1] += f"_{part}"
        else:
            joined.append(part)
    return joined
