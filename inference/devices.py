"""Where the core runs: replicate, shard, pmap. The only file that names pmap.

Legend: D devices, B slots on each device. An array that is spread over the devices has D as its
first axis; slot n of D*B lies on device n // B.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from flax import jax_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Shaped

SLOTS = (1, 2, 4, 8)
"""The slots per device that programs are compiled for; the smallest that fits is used."""

_CPU_OPTIONS = {"xla_cpu_experimental_ynn_fusion_type": ""}
"""No fusion for YNNPACK, XLA's default for convolutions: Eigen's take a seventh off a step
(`python -m tests.bench old_flax`)."""

Tree = TypeVar("Tree")


def remember_compilations() -> None:
    """Keeps what is compiled in the user's cache folder: the next process starts in a moment.

    For programs, not for the library: it is a setting of the whole process.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "diffusion-sprint" / "compiled"
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


class Devices:
    """The devices that one engine runs on, and what was compiled for them."""

    def __init__(self, devices: Sequence[Any] | None = None) -> None:
        self._devices = list(devices or jax.local_devices())
        self._platform = self._devices[0].platform
        self._programs: list[Program] = []
        self.compile_seconds = 0.0

    @property
    def count(self) -> int:
        return len(self._devices)

    @property
    def dtype(self) -> Any:
        """The networks' type: bfloat16 where the hardware multiplies it, float32 on a CPU."""
        return jnp.float32 if self._platform == "cpu" else jnp.bfloat16

    def __str__(self) -> str:
        kind = self._devices[0].device_kind
        return f"{self.count} × {kind}" if self.count > 1 else kind

    def slots(self, images: int) -> int:
        """The number of slots per device, B, for so many images; D*B may be larger or smaller."""
        each = -(-images // self.count)
        return next((size for size in SLOTS if size >= each), SLOTS[-1])

    def replicate(self, tree: Tree) -> Tree:
        """A copy on every device: leaves [...] become [D, ...]."""
        return jax_utils.replicate(tree, self._devices)

    def shard(self, array: Shaped[np.ndarray, "DB *rest"]) -> Shaped[np.ndarray, "D B *rest"]:
        """The slots of all devices, each to its own."""
        return array.reshape(self.count, -1, *array.shape[1:])

    def place(self, tree: Tree) -> Tree:
        """Leaves [D, B, ...] moved to the devices once, for arguments that stay the same."""
        return jax.device_put(tree, NamedSharding(Mesh(self._devices, "d"), PartitionSpec("d")))

    def gather(self, array: Shaped[Array, "D B *rest"]) -> Shaped[np.ndarray, "DB *rest"]:
        """The slots of all devices in one row, in host memory."""
        host = np.asarray(array)
        return host.reshape(-1, *host.shape[2:])

    def program(self, function: Callable[..., Any]) -> "Program":
        """`function(params, *arrays)` of one device, to be run on all of them at once."""
        program = Program(self, function)
        self._programs.append(program)
        return program

    def widen(self, slots: int) -> Iterator[int]:
        """Compiles all that has run with one slot for `slots`; yields that before each compilation.

        Programs may be called meanwhile, on other threads.
        """
        for program in self._programs:
            yield from program.widen(slots)

    def compile(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        lowered = jax.pmap(function, devices=self._devices).lower(*arguments)
        return lowered.compile(_CPU_OPTIONS if self._platform == "cpu" else None)


class Program:
    """A function that is compiled once for each set of shapes; what a call waits for is counted.

    The first argument, the parameters, always has the same shapes; the others are [D, B, ...].
    """

    def __init__(self, devices: Devices, function: Callable[..., Any]) -> None:
        self._devices = devices
        self._function = function
        self._compiled: dict[_Key, Any] = {}
        self._narrow: list[Any] = []
        self._compiling = threading.Lock()

    def __call__(self, params: Any, *arrays: Any) -> Any:
        key = _key(arrays)
        if key not in self._compiled:
            start = time.perf_counter()
            self._compile((params, *arrays))
            self._devices.compile_seconds += time.perf_counter() - start
        return self._compiled[key](params, *arrays)

    def widen(self, slots: int) -> Iterator[int]:
        """Its part of `Devices.widen`."""
        for params, *arrays in list(self._narrow):
            wide = jax.tree.map(
                lambda leaf: jax.ShapeDtypeStruct(
                    (leaf.shape[0], slots, *leaf.shape[2:]), leaf.dtype
                ),
                arrays,
            )
            if _key(wide) not in self._compiled:
                yield slots
                self._compile((params, *wide))

    def _compile(self, arguments: tuple[Any, ...]) -> None:
        """Unless another thread has, or does: then this one waits for it."""
        _, *arrays = arguments
        key = _key(arrays)
        with self._compiling:
            if key in self._compiled:
                return
            self._compiled[key] = self._devices.compile(self._function, arguments)
            if all(shape[1] == 1 for shape in key):
                shapes = jax.tree.map(
                    lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), arguments
                )
                self._narrow.append(shapes)


_Key = tuple[tuple[int, ...], ...]


def _key(arrays: Any) -> _Key:
    return tuple(leaf.shape for leaf in jax.tree.leaves(arrays))
