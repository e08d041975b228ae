"""Fresh parameters for training from scratch."""

import functools
import math
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import jax
import jax.numpy as jnp
from flax.traverse_util import flatten_dict, unflatten_dict
from jaxtyping import Array, Float, PRNGKeyArray

from inference.models.layers import Params

Shapes = dict[tuple[str, ...], tuple[int, ...]]


def fresh_params(init: Callable[..., Any], key: PRNGKeyArray, *inputs: Any) -> Params:
    """A parameter tree of the shapes that a module's `init` gives for `inputs`, in float32.

    Kernels are normal with variance 1 / fan-in (LeCun et al. 1998), embeddings normal with standard
    deviation 0.02, norm scales one, biases zero. All normals are one draw that is then cut up:
    `init` itself draws leaf by leaf, which takes ten times as long to compile.
    """
    flat: dict = flatten_dict(jax.eval_shape(init, key, *inputs)["params"])
    shapes = {path: leaf.shape for path, leaf in flat.items()}
    count = sum(math.prod(shape) for path, shape in shapes.items() if _is_drawn(path))
    normals = jax.random.normal(key, (count,))
    return unflatten_dict(jax.jit(functools.partial(_cut, shapes))(normals))


def _is_drawn(path: tuple[str, ...]) -> bool:
    return path[-1] in ("kernel", "embedding")


def _cut(shapes: Shapes, normals: Float[Array, "N"]) -> dict[tuple[str, ...], Array]:
    drawn = {path: math.prod(shape) for path, shape in shapes.items() if _is_drawn(path)}
    ends = dict(zip(drawn, accumulate(drawn.values()), strict=True))
    values = {}
    for path, shape in shapes.items():
        if path in drawn:
            deviation = 0.02 if path[-1] == "embedding" else math.prod(shape[:-1]) ** -0.5
            piece = normals[ends[path] - drawn[path] : ends[path]]
            values[path] = piece.reshape(shape) * deviation
        else:
            values[path] = jnp.full(shape, 1.0 if path[-1] == "scale" else 0.0)
    return values
