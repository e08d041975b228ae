"""Training checkpoint: the state of a run, and its file."""

import os
from pathlib import Path
from typing import Any

import flax.serialization
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import struct

from training.errors import DamagedCheckpoint

Params = Any


@struct.dataclass
class TrainState:
    """All that a run needs to go on as if it had never stopped.

    Random keys and the order of the data are functions of the seed and `step`, so they need no
    place here. `ema` is the exponential moving average of `params`, which is what gets published.
    """

    step: Any  # int32, no axes; Any, for it is an array of NumPy on its way to a file
    params: Params
    ema: Params
    optimizer: optax.OptState


def initial_state(params: Params, optimizer: optax.GradientTransformation) -> TrainState:
    """The state before the first step."""
    # Initial values may be "weakly typed" for JAX, later ones never: that would compile twice.
    # Copies: the state is given away at each step, and who passed them may still need them.
    params = jax.tree.map(lambda leaf: jnp.array(np.asarray(leaf)), params)
    return TrainState(
        step=jnp.zeros((), jnp.int32),
        params=params,
        ema=jax.tree.map(jnp.copy, params),
        optimizer=optimizer.init(params),
    )


def save(path: Path, state: TrainState) -> None:
    """Write the state; whoever is interrupted leaves the previous file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".partial")
    with temporary.open("wb") as file:
        file.write(flax.serialization.to_bytes(jax.device_get(state)))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def restore(path: Path, template: TrainState) -> TrainState:
    """The state in the file, which must have the shapes of `template`. Raises DamagedCheckpoint."""
    try:
        state = flax.serialization.from_bytes(template, path.read_bytes())
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedCheckpoint(
            f"{path} must hold the state of this model, got {str(error).splitlines()[0]}; "
            "give another --out, or delete the file to start over"
        ) from error
    wrong = [
        jax.tree_util.keystr(key)
        for (key, want), got in zip(
            jax.tree_util.tree_leaves_with_path(template), jax.tree.leaves(state), strict=True
        )
        if want.shape != got.shape
    ]
    if wrong:
        raise DamagedCheckpoint(
            f"{path} must hold the state of this model, got other shapes in {len(wrong)} leaves "
            f"({', '.join(wrong[:3])}); give another --out, or delete the file to start over"
        )
    return jax.tree.map(jnp.asarray, state)
