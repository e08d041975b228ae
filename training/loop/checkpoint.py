"""Training checkpoints: the state of a run, and its folder, written in the background by Orbax."""

import json
from pathlib import Path
from types import TracebackType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp
from flax import struct

from training.errors import AnotherRun, DamagedCheckpoint

Params = Any
IDENTITY = "run.json"
KEPT = 2
"""So many of the latest checkpoints stay."""


@struct.dataclass
class TrainState:
    """All that a run needs to go on as if it had never stopped.

    Random keys and the order of the data are functions of the seed and `step`, so they need no
    place here. `ema` is the exponential moving average of `params`, or None where none is kept.
    """

    step: Any  # int32, no axes; Any, for it is an array of NumPy on its way to a file
    params: Params
    ema: Params
    optimizer: optax.OptState

    @property
    def published(self) -> Params:
        """The parameters to use: the average where there is one."""
        return self.params if self.ema is None else self.ema


def initial_state(
    params: Params, optimizer: optax.GradientTransformation, *, averaged: bool = True
) -> TrainState:
    """The state before the first step."""
    # Initial values may be "weakly typed" for JAX, later ones never: that would compile twice.
    # Copies: the state is given away at each step, and who passed them may still need them.
    params = jax.tree.map(lambda leaf: jnp.array(np.asarray(leaf)), params)
    return TrainState(
        step=jnp.zeros((), jnp.int32),
        params=params,
        ema=jax.tree.map(jnp.copy, params) if averaged else None,
        optimizer=optimizer.init(params),
    )


class Checkpoints:
    """A run's checkpoints, in `OUT/checkpoints/STEP`; a folder is there only once it is whole.

    `identity` is what a run is: data, seed, batch and so on. Raises AnotherRun where the folder
    belongs to a run of another one.
    """

    def __init__(self, out: Path, identity: dict[str, Any] | None = None) -> None:
        self._folder = (out / "checkpoints").absolute()
        if identity is not None:
            _claim(out / IDENTITY, identity)
        self._manager = ocp.CheckpointManager(
            self._folder,
            item_handlers=ocp.StandardCheckpointHandler(),
            options=ocp.CheckpointManagerOptions(
                max_to_keep=KEPT, create=True, cleanup_tmp_directories=True
            ),
        )

    def __enter__(self) -> "Checkpoints":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Waits for what is being written."""
        self._manager.close()

    @property
    def latest(self) -> int | None:
        """The step of the last checkpoint."""
        return self._manager.latest_step()

    def save(self, state: TrainState) -> None:
        """Copies the state, and writes it while training goes on."""
        step = int(state.step)
        if step != self.latest:
            self._manager.save(step, args=ocp.args.StandardSave(state))

    def restore(self, like: TrainState) -> TrainState:
        """The last state, on the devices and in the shapes of `like`; `like` if there is none.

        Raises DamagedCheckpoint.
        """
        step = self.latest
        if step is None:
            return like
        where = self._folder / str(step)
        try:
            wrong = _unlike(like, self._manager.item_metadata(step).tree)
            if not wrong:
                abstract = jax.tree.map(ocp.utils.to_shape_dtype_struct, like)
                restored: Any = self._manager.restore(step, args=ocp.args.StandardRestore(abstract))
                return restored
        except Exception as error:  # Orbax and TensorStore raise nearly anything
            raise DamagedCheckpoint(
                f"{where} must hold the state of this model, got {type(error).__name__}; "
                "delete it to go on from the one before, or give another --out"
            ) from error
        raise DamagedCheckpoint(
            f"{where} must hold the state of this model, got other shapes in {len(wrong)} leaves "
            f"({', '.join(wrong[:3])}); give another --out, or delete {self._folder} to start over"
        )


def has_begun(out: Path) -> bool:
    """Whether a run of some identity has begun there."""
    return (out / IDENTITY).exists()


def _unlike(like: TrainState, found: Any) -> list[str]:
    """The leaves that are not in the file in the shape that is wanted."""

    def shapes(tree: Any) -> dict[str, tuple[int, ...]]:
        paths = jax.tree_util.tree_leaves_with_path(tree)
        return {_path(path): tuple(leaf.shape) for path, leaf in paths}

    wanted, got = shapes(like), shapes(found)
    return sorted(name for name in wanted | got if wanted.get(name) != got.get(name))


def _path(path: tuple[Any, ...]) -> str:
    """The same for a field, a key and an index: a file keeps no Python types."""
    parts = (getattr(key, "name", getattr(key, "key", getattr(key, "idx", ""))) for key in path)
    return "/".join(map(str, parts))


def _claim(file: Path, identity: dict[str, Any]) -> None:
    """Writes what this run is, or finds that it is the run that was here."""
    told = json.loads(json.dumps(identity, default=str))
    if file.exists():
        before = json.loads(file.read_text("utf-8"))
        changed = sorted(key for key in told | before if told.get(key) != before.get(key))
        if changed:
            name = changed[0]
            raise AnotherRun(
                f"{file.parent} holds a run with {name} {before.get(name)!r}, got "
                f"{told.get(name)!r}; give the same to go on with it, or another --out"
            )
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    partial.replace(file)
