"""Dry run: every phase of a training with two steps each, in a folder that goes."""

import contextlib
import dataclasses
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from training.loop.run_config import RunConfig

ConfigT = TypeVar("ConfigT", bound=RunConfig)


def rehearse(
    config: ConfigT, train: Callable[[ConfigT], object], read: Callable[[Path], object]
) -> None:
    """Two steps, a checkpoint, a look, what comes out; then all of it read, and two steps more.

    `read` is given the folder of what comes out.
    """
    with tempfile.TemporaryDirectory() as folder:
        short = dataclasses.replace(
            config,
            out=Path(folder) / "run",
            steps=2,
            hours=None,
            evaluate_count=min(config.evaluate_count, 2),
            evaluate_steps=2,
            log_every=1,
            track="",
        )
        with timed("data, two steps, checkpoint, look, export"):
            train(short)
        with timed("all of it again from the checkpoint, two steps more"):
            train(dataclasses.replace(short, steps=4))
        with timed("what comes out is read"):
            read(short.out / "model")
    print("every phase works; nothing was kept")


@contextlib.contextmanager
def timed(phase: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    print(f"{phase}: {time.monotonic() - started:.0f} s", flush=True)
