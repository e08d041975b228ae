"""A folder of this process alone, that goes when the process does, however it ends."""

import atexit
import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

PREFIX = "process-"


@cache
def own_folder(root: Path) -> Path:
    """This process's folder below `root`, for its user's eyes alone.

    It is locked for as long as the process lives, and the system takes the lock back when it ends,
    even if it was killed; so one without a lock belongs to nobody, and is deleted here. (systemd,
    which sweeps /tmp, heeds these locks, too.)
    """
    root.mkdir(parents=True, exist_ok=True)
    path = root / f"{PREFIX}{secrets.token_hex(8)}"
    with _turn(root):  # else one that was just made, and is not locked yet, would be swept
        _sweep(root)
        path.mkdir(mode=0o700)
        _lock(path)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@contextlib.contextmanager
def _turn(root: Path) -> Iterator[None]:
    lock = _lock(root, waits=True)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _sweep(root: Path) -> None:
    for path in root.glob(f"{PREFIX}*"):
        lock = _lock(path)
        if lock is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(lock)


def _lock(folder: Path, *, waits: bool = False) -> int | None:
    """A lock that holds until it is closed; None where another process has it, or there is none."""
    if fcntl is None:
        return None
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        return None
    return opened


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[bool]:
    """Whether this process has the folder to itself while the block runs."""
    lock = _lock(folder)
    try:
        yield lock is not None or fcntl is None
    finally:
        if lock is not None:
            os.close(lock)
