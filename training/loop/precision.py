"""Compute dtype: which floating-point type training computes in."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike


def compute_dtype() -> DTypeLike:
    """bfloat16 on accelerators; float32 on a CPU, where XLA gains nothing from less."""
    return jnp.float32 if jax.default_backend() == "cpu" else jnp.bfloat16


def as_computed(params: Any) -> Any:
    """Weights that are not trained need no more digits than they are computed with; on the host."""
    return jax.tree.map(lambda leaf: np.asarray(leaf, compute_dtype()), params)
