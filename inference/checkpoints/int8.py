"""Weights stored in a quarter of their size: 8-bit integers with a scale for each output channel.

In the tree of such a file, a large array is a node of two leaves, `int8` and `scale` (float32, one
for each output channel of a kernel, one for each row of an embedding), whose product it is. The
rest of the tree is as it always was, and `config.json` says so in the field FIELD. Whoever loads
the weights gets arrays of floating-point numbers and need not know.
"""

from typing import Any

import numpy as np

from inference.checkpoints.bundle import Tree
from inference.errors import DamagedWeights

FIELD = "quantization_config"
METHOD = {"quant_method": "int8_per_channel"}

LEAST = 4096
"""Arrays of fewer numbers stay as they are: they are what precision matters most to."""

LEAVES = frozenset({"int8", "scale"})


def quantise(tree: Any) -> Tree:
    """The tree with its large arrays as integers, and the others in float16."""
    return {
        name: quantise(child) if isinstance(child, dict) else _stored(name, np.asarray(child))
        for name, child in tree.items()
    }


def dequantise(tree: Any, *, where: str) -> Tree:
    """The tree of a file with its arrays in float32. Raises DamagedWeights."""
    return {
        name: child
        if not isinstance(child, dict)
        else _product(child, where=f"{where}, {name}")
        if child.keys() == LEAVES
        else dequantise(child, where=where)
        for name, child in tree.items()
    }


def _stored(name: str, array: np.ndarray) -> Any:
    if array.ndim < 2 or array.size < LEAST:
        return array.astype(np.float16)
    # A row of an embedding is a token's; the last axis of a kernel is its output channels.
    axes = (1,) if name == "embedding" else tuple(range(array.ndim - 1))
    weights = array.astype(np.float32)
    largest = np.abs(weights).max(axis=axes, keepdims=True)
    scale = np.where(largest > 0.0, largest / 127.0, 1.0).astype(np.float32)
    return {"int8": np.rint(weights / scale).astype(np.int8), "scale": scale}


def _product(node: dict[str, Any], *, where: str) -> np.ndarray:
    integers, scale = node["int8"], node["scale"]
    fits = (
        isinstance(integers, np.ndarray)
        and isinstance(scale, np.ndarray)
        and integers.dtype == np.int8
        and integers.ndim == scale.ndim
        and all(s in (1, n) for s, n in zip(scale.shape, integers.shape, strict=True))
    )
    if not fits:
        raise DamagedWeights(
            f"{where} must be 8-bit integers with a scale that fits them, got something else; "
            "download or save it again"
        )
    if not np.isfinite(scale).all():
        raise DamagedWeights(
            f"{where} must have a scale of finite numbers, got NaN or infinity in it; "
            "download or save it again"
        )
    return integers.astype(np.float32) * scale.astype(np.float32)
