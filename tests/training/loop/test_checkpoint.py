"""Checkpoints: whole or not there, of this model and this run, on whatever devices there are."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from training.errors import AnotherRun, DamagedCheckpoint
from training.loop.checkpoint import Checkpoints, TrainState, initial_state
from training.loop.update import optimizer


def state_of(side: int = 2, *, averaged: bool = True) -> TrainState:
    params = {"dense": {"kernel": jnp.arange(side * side, dtype=jnp.float32).reshape(side, side)}}
    return initial_state(params, optimizer(), averaged=averaged)


def kept_in(out: Path, *steps: int) -> None:
    with Checkpoints(out) as checkpoints:
        for step in steps:
            checkpoints.save(state_of().replace(step=jnp.int32(step)))


@pytest.mark.parametrize("averaged", [True, False])
def test_a_state_comes_back_as_it_was(tmp_path: Path, averaged: bool) -> None:
    state = state_of(averaged=averaged).replace(step=jnp.int32(7))
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(state)

    with Checkpoints(tmp_path) as checkpoints:
        restored = checkpoints.restore(state_of(averaged=averaged))

    assert jax.tree.structure(restored) == jax.tree.structure(state)
    jax.tree.map(np.testing.assert_array_equal, restored, state)


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    kept_in(tmp_path, 1, 2, 3)

    assert sorted(folder.name for folder in (tmp_path / "checkpoints").iterdir()) == ["2", "3"]


def test_an_interrupted_write_leaves_the_last_checkpoint_whole(tmp_path: Path) -> None:
    kept_in(tmp_path, 3)
    half = tmp_path / "checkpoints" / "5.orbax-checkpoint-tmp"
    half.mkdir()
    (half / "half").touch()

    with Checkpoints(tmp_path) as checkpoints:
        assert int(checkpoints.restore(state_of()).step) == 3


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    kept_in(tmp_path, 3)
    for file in (tmp_path / "checkpoints" / "3").rglob("*"):
        if file.is_file():
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    with (
        Checkpoints(tmp_path) as checkpoints,
        pytest.raises(DamagedCheckpoint, match="delete it to go on from the one before"),
    ):
        checkpoints.restore(state_of())


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    kept_in(tmp_path, 3)

    with (
        Checkpoints(tmp_path) as checkpoints,
        pytest.raises(DamagedCheckpoint, match="other shapes in 4 leaves"),
    ):
        checkpoints.restore(state_of(3))


def test_another_run_does_not_write_into_the_folder_of_one(tmp_path: Path) -> None:
    with Checkpoints(tmp_path, {"seed": 0, "data": Path("a")}):
        pass
    with Checkpoints(tmp_path, {"seed": 0, "data": Path("a")}):
        pass

    with pytest.raises(AnotherRun, match="a run with seed 0, got 1; give the same"):
        Checkpoints(tmp_path, {"seed": 1, "data": Path("a")})
