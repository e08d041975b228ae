"""The one door from PyTorch's parameter names and layouts to Flax's.

diffusers    `mid_block.resnets.0.conv1.weight` [O, I, H, W] -> `mid_block/resnets_0/conv1/kernel`
[H, W, I, O] transformers `encoder.layers.0.mlp.fc1.weight` [O, I] ->
`text_model/encoder/layers/0/mlp/fc1/kernel` [I, O]

Norm weights become `scale`, embedding tables `embedding`; biases keep their name.
"""

import numpy as np
from jaxtyping import Shaped

_VAE_ATTENTION = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out_0": "proj_attn"}
_TEXT_BUFFERS = ("position_ids",)


def flax_leaf(
    name: str, tensor: Shaped[np.ndarray, "..."], *, component: str
) -> tuple[tuple[str, ...], Shaped[np.ndarray, "..."]] | None:
    """Where a PyTorch tensor goes in the Flax tree, and as what; None for a buffer to drop.

    `component` is `unet`, `controlnet`, `vae` or `text_encoder`. What has no place comes back under
    a name that will not fit either, so that the comparison with the network reports it.
    """
    parts = name.split(".")
    if component == "text_encoder":
        if parts[-1] in _TEXT_BUFFERS:
            return None
        path = parts if parts[0] == "text_model" else ["text_model", *parts]
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


def _join_numbers(parts: list[str]) -> list[str]:
    """`resnets, 0, conv1` -> `resnets_0, conv1`: Flax has no lists of modules."""
    joined: list[str] = []
    for part in parts:
        if part.isdecimal() and joined:
            joined[-1] += f"_{part}"
        else:
            joined.append(part)
    return joined
