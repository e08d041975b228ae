"""Compiled programs kept on the disk: a process that finds them traces and compiles nothing.

JAX's own cache spares compiling alone: for its key a program is traced and lowered first, which
takes most of a start with small networks.
"""

import os
import pickle
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
from jax.experimental import serialize_executable

from inference.disk_cache import DISK, name_of

_BITS = ("jax_enable_x64", "jax_default_matmul_precision", "jax_threefry_partitionable")
"""What else decides which program comes out."""
_FLAGS = ("XLA_FLAGS", "LIBTPU_INIT_ARGS")
_HIT = "/jax/compilation_cache/cache_hits"


def remember_compilations() -> None:
    """Keeps the core's programs in the user's cache folder: the next process starts in a moment.

    For programs, not for the library: it is a setting of the whole process.
    """
    DISK.open(cache_folder() / "programs")


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "diffusion-sprint"


def program_name(
    function: Callable[..., Any], of: object, arguments: Any, devices: Sequence[Any], *how: object
) -> str:
    """The name of a function that computes with what `of` tells, for arguments of these shapes."""
    leaves, tree = jax.tree.flatten(arguments)
    return name_of(
        f"{function.__module__}.{function.__qualname__}",
        of,
        str(tree),
        [(leaf.shape, str(leaf.dtype)) for leaf in leaves],
        [(each.platform, each.device_kind, each.id) for each in devices],
        devices[0].client.platform_version,
        [getattr(jax.config, bit) for bit in _BITS],
        [os.environ.get(flag) for flag in _FLAGS],
        *how,
    )


def load_program(name: str) -> Any:
    """The compiled program of that name, or None where there is none that can be read."""
    content = DISK.read(name)
    if content is None:
        return None
    try:
        return serialize_executable.deserialize_and_load(*pickle.loads(content))  # noqa: S301  ours
    except Exception:  # noqa: BLE001  whatever a compiler of another build says of it
        return None


def keep_program(name: str, compile: Callable[[], Any]) -> Any:
    """Compiles, and keeps what comes out.

    Not what JAX read from its own cache: it would be written without the functions that it calls.
    """
    hits = _hits()
    before = hits.count
    compiled = compile()
    if hits.count == before:
        DISK.write(name, pickle.dumps(serialize_executable.serialize(compiled)))
    return compiled


class _Hits(threading.local):
    """How many programs JAX read from its own cache, in this thread."""

    count = 0

    def __call__(self, event: str, **_: Any) -> None:
        if event == _HIT:
            self.count += 1


_HITS: list[_Hits] = []
_LISTENING = threading.Lock()


def _hits() -> _Hits:
    with _LISTENING:
        if not _HITS:
            _HITS.append(_Hits())
            jax.monitoring.register_event_listener(_HITS[0])
    return _HITS[0]
