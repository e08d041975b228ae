"""Fresh parameters for training from scratch."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax.traverse_util import flatten_dict, unflatten_dict

from inference.models.layers import Params


def fresh_params(init: Callable[..., Any], key: jax.Array, *inputs: Any) -> Params:
    """A parameter tree of the shapes that a module's `init` gives for `inputs`, in float32.

    Kernels are normal with variance 1 / fan-in (LeCun et al. 1998), embeddings normal with standard
    deviation 0.02, norm scales one, biases zero. All normals are one draw that is then cut up:
    `init` itself draws leaf by leaf, which takes ten times as long to compile.
    """
    flat: dict = flatten_dict(jax.eval_shape(init, key, *inputs)["params"])
    leaves = {path: leaf.shape for path, leaf in flat.items()}
    return unflatten_dict(jax.jit(partial(_draw, leaves))(key))


def _draw(leaves: dict[tuple[str, ...], tuple[int, ...]], key: jax.Array) -> dict:
    drawn = {path: shape for path, shape in leaves.items() if path[-1] in ("kernel", "embedding")}
    sizes = [math.prod(shape) for shape in drawn.values()]
    normals = iter(_cut(jax.random.normal(key, (sum(sizes),)), sizes))
    values = {}
    for path, shape in leaves.items():
        if path in drawn:
            deviation = 0.02 if path[-1] == "embedding" else math.prod(shape[:-1]) ** -0.5
            values[path] = next(normals).reshape(shape) * deviation
        else:
            values[path] = jnp.full(shape, 1.0 if path[-1] == "scale" else 0.0)
    return values


def _cut(flat: jax.Array, sizes: list[int]) -> list[jax.Array]:
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [flat[end - size : end] for size, end in zip(sizes, ends, strict=True)]
