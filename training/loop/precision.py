"""Compute dtype: which floating-point type training computes in."""

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike


def compute_dtype() -> DTypeLike:
    """bfloat16 on accelerators; float32 on a CPU, where XLA gains nothing from less."""
    return jnp.float32 if jax.default_backend() == "cpu" else jnp.bfloat16
