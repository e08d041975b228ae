"""Where the core runs: replicate, pmap, compile. The only file that names pmap.

Legend: D devices. An array that is spread over the devices has D as its first axis, gone inside a
program.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from flax import jax_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Shaped

from inference.disk_cache import DISK
from inference.program_cache import keep_program, load_program, program_name

_CPU_OPTIONS = {
    "xla_cpu_experimental_ynn_fusion_type": "",
    "xla_cpu_prefer_vector_width": 512,
}
"""No fusion for YNNPACK, XLA's default for convolutions: Eigen's take a seventh off a step
(`python -m tests.bench old_flax`). Vectors as wide as AVX-512 has them, where XLA takes half of it:
a third off attention, whose time is mostly `exp` (docs/benchmarks.md)."""

Tree = TypeVar("Tree")


class Devices:
    """The devices that one engine runs on, and what was compiled for them."""

    def __init__(self, devices: Sequence[Any] | None = None) -> None:
        self._devices = list(devices or jax.local_devices())
        self._platform = self._devices[0].platform
        self.compile_seconds = 0.0
        self.compilations = 0

    @property
    def count(self) -> int:
        return len(self._devices)

    @property
    def is_cpu(self) -> bool:
        return self._platform == "cpu"

    @property
    def dtype(self) -> Any:
        """The networks' type: bfloat16 where the hardware multiplies it, float32 on a CPU."""
        return jnp.float32 if self.is_cpu else jnp.bfloat16

    def __str__(self) -> str:
        kind = self._devices[0].device_kind
        return f"{self.count} × {kind}" if self.count > 1 else kind

    def replicate(self, tree: Tree) -> Tree:
        """A copy on every device: leaves [...] become [D, ...]."""
        return jax_utils.replicate(tree, self._devices)

    def on_each(self, array: Shaped[np.ndarray, "*rest"]) -> Shaped[np.ndarray, "D *rest"]:
        """The same for every device, in host memory."""
        return np.broadcast_to(array, (self.count, *array.shape))

    def place(self, tree: Tree) -> Tree:
        """Leaves [D, ...] moved to the devices once, for arguments that stay the same."""
        return jax.device_put(tree, NamedSharding(Mesh(self._devices, "d"), PartitionSpec("d")))

    def program(
        self, function: Callable[..., Any], *, of: object = None, consumes: tuple[int, ...] = ()
    ) -> "Program":
        """`function(params, *arrays)` of one device, to be run on all of them at once.

        The arguments numbered in `consumes` are given up: their memory is that of the answer. `of`
        tells by its repr all that the function computes with besides its arguments: such programs
        are kept between processes, where the process wants it.
        """
        return Program(self, function, of, consumes)

    def compile(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        *,
        of: object,
        consumes: tuple[int, ...],
    ) -> Any:
        options = _CPU_OPTIONS if self.is_cpu else None

        def compiled() -> Any:
            mapped = jax.pmap(function, devices=self._devices, donate_argnums=consumes)
            return mapped.lower(*arguments).compile(options)

        if of is None or not DISK.is_open or jax.process_count() > 1:
            return compiled()
        name = program_name(function, of, arguments, self._devices, consumes, options)
        return load_program(name) or keep_program(name, compiled)


class Program:
    """A function that is compiled once for each set of shapes; what a call waits for is counted.

    The first argument, the parameters, always has the same shapes; the others are [D, ...].
    """

    def __init__(
        self,
        devices: Devices,
        function: Callable[..., Any],
        of: object,
        consumes: tuple[int, ...],
    ) -> None:
        self._devices = devices
        self._function = function
        self._of = of
        self._consumes = consumes
        self._compiled: dict[_Key, Any] = {}
        self._compiling = threading.Lock()

    def __call__(self, params: Any, *arrays: Any) -> Any:
        key = _key(arrays)
        if key not in self._compiled:
            start = time.perf_counter()
            self.prepare(params, *arrays)
            self._devices.compile_seconds += time.perf_counter() - start
        return self._compiled[key](params, *arrays)

    def prepare(self, params: Any, *arrays: Any) -> None:
        """Compiles for arguments of these shapes, unless that is done; runs nothing.

        Another thread may call the program meanwhile: it waits only if it needs what is compiled.
        """
        key = _key(arrays)
        with self._compiling:
            if key not in self._compiled:
                self._compiled[key] = self._devices.compile(
                    self._function, (params, *arrays), of=self._of, consumes=self._consumes
                )
                self._devices.compilations += 1


_Key = tuple[tuple[int, ...], ...]


def _key(arrays: Any) -> _Key:
    return tuple(leaf.shape for leaf in jax.tree.leaves(arrays))
