"""A toy run that is killed again and again, in processes of its own: `test_kills` starts it.

    python -m tests.training.loop.killed_run OUT PARTS KILLS

Children are forked before JAX has a device, so that each begins in a moment. Each tells through a
pipe that it has made a step, lives on for a while that chance decides, and is killed.
"""

import os
import random
import select
import signal
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from training.loop.checkpoint import TrainState, initial_state
from training.loop.run import Budget, Rhythm, run
from training.loop.update import Fed, make_update, optimizer

STEPS = 600
SLOPE = np.asarray([[1.0, -2.0], [0.5, 3.0]], np.float32)


def loss(params, batch, key):
    error = jnp.square(batch.rows @ params["kernel"] - batch.rows @ batch.shared).mean()
    return error, {"error": error}


def batch_of(step: int) -> Fed:
    rows = np.random.default_rng([0, step]).normal(size=(8, 2)).astype(np.float32)
    return Fed(jnp.asarray(rows), jnp.asarray(SLOPE))


def toy_run(out: Path, parts: int, *, made: int | None = None) -> TrainState:
    """With `made`, a pipe, it is slow, saves at each step, and tells when it has made one."""

    def slowly(step: int) -> Fed:
        if made is not None:
            time.sleep(0.004)
        return batch_of(step)

    def told(step: int, figures: dict[str, float]) -> None:
        if made is not None:
            os.write(made, b".")

    state = initial_state({"kernel": jnp.zeros((2, 2))}, optimizer())
    return run(
        jax.device_put(state, jax.local_devices()[0]),
        make_update(loss, optimizer(), mesh=None, ema_decay=0.9, accumulate=parts),
        slowly,
        out=out,
        budget=Budget(STEPS),
        rate=lambda step, spent: 0.05,
        seed=3,
        rhythm=Rhythm(log=1, sample=10**6, save_seconds=120.0 if made is None else 0.0),
        trackers=[told],
    )


def killed_once(out: Path, parts: int, chance: random.Random) -> None:
    """A child that has made at least one step is killed a little later."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        toy_run(out, parts, made=writing)
        os._exit(0)
    os.close(writing)
    select.select([reading], [], [])
    time.sleep(chance.uniform(0.0, 0.3))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(reading)
    assert os.WIFSIGNALED(status), "it was at work when it was killed"


def main(out: Path, parts: int, kills: int) -> None:
    chance = random.Random(parts)
    for _ in range(kills):
        killed_once(out / "killed", parts, chance)
    for name in ("killed", "whole"):
        state = toy_run(out / name, parts)
        np.savez(out / f"{name}.npz", *map(np.asarray, jax.tree.leaves(state)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
