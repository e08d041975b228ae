"""Devices that are described and not there: programs are compiled for them, and none runs.

Every figure is one device's.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import jax

from inference.devices import Devices

ALONE = {
    "TPU_SKIP_MDS_QUERY": "1",
    "TPU_ACCELERATOR_TYPE": "v4-8",
    "TPU_WORKER_HOSTNAMES": "localhost",
    "ALLOW_MULTIPLE_LIBTPU_LOAD": "1",
}
"""Compile for a TPU where there is none, without asking anybody for one."""


class Call(NamedTuple):
    """A program that would have run, and the shapes [D, ...] it was given."""

    function: Callable[..., Any]
    arguments: Any
    consumes: tuple[int, ...] = ()


class Memory(NamedTuple):
    """What a program takes beside its arguments, in bytes, as the compiler says."""

    temporary: int
    result: int
    """That does not take the place of an argument."""


class Described(Devices):
    """Everything that `Devices` would put on a device is a shape, and every run is a `Call`."""

    def __init__(self, devices: Any = None) -> None:
        super().__init__(devices)
        self.calls: list[Call] = []

    def weights(self, shapes: Any) -> Any:
        """A network's parameters, as shapes of the type that it computes in."""
        return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, self.dtype), shapes)

    def replicate(self, tree: Any) -> Any:
        return jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct((self.count, *leaf.shape), leaf.dtype), tree
        )

    def place(self, tree: Any) -> Any:
        return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), tree)

    def program(
        self, function: Callable[..., Any], *, of: object = None, consumes: tuple[int, ...] = ()
    ) -> Any:
        def call(*arguments: Any) -> Any:
            self.calls.append(Call(function, self.place(arguments), consumes))
            return self.replicate(trace(self.calls[-1]).out_info)

        return call

    def memory(self, call: Call) -> Memory:
        """Compiles the program, which takes minutes for a large network."""
        compiled = self.compile(call.function, call.arguments, of=None, consumes=call.consumes)
        told = compiled.memory_analysis()
        result = told.output_size_in_bytes - told.alias_size_in_bytes
        return Memory(told.temp_size_in_bytes, max(0, result))


def v4_8() -> list[Any] | None:
    """The four devices of a TPU v4-8; None where libtpu, which has its compiler, is not to be had.

    Before JAX looks for devices: from then on it looks for no other than the CPU.
    """
    return tpu(topology_name="v4:2x2x1", chip_config_name="megacore")


def tpu(**topology: Any) -> list[Any] | None:
    """The devices that `jax.experimental.topologies` describes so; as `v4_8`."""
    from jax.experimental import topologies

    for name, value in ALONE.items():
        os.environ.setdefault(name, value)
    jax.config.update("jax_platforms", "cpu")
    try:
        described = topologies.get_topology_desc(platform="tpu", **topology)
    except Exception:  # noqa: BLE001 - whatever JAX raises where there is none
        return None
    return list(described.devices)


def trace(call: Call) -> Any:
    """The program as one device has it."""
    one = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), call.arguments
    )
    return jax.jit(call.function).trace(*one)
