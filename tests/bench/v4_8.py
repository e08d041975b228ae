"""The four devices of a TPU v4-8, known by their description: programs compile for them, none runs.

Needs libtpu to be importable, and no TPU. Every figure is one device's.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jax.experimental import topologies

from inference.devices import Devices


class Call(NamedTuple):
    """A program that would have run, and the shapes [D, ...] it was given."""

    function: Callable[..., Any]
    arguments: Any
    consumes: tuple[int, ...] = ()


class Cost(NamedTuple):
    """What one run of a program asks of each device; all but `flops` in bytes."""

    flops: float
    accessed: float
    temporary: int
    arguments: int


class V4x8(Devices):
    """Everything that `Devices` would put on a device is a shape, and every run is a `Call`."""

    def __init__(self) -> None:
        topology = topologies.get_topology_desc(
            platform="tpu", topology_name="v4:2x2x1", chip_config_name="megacore"
        )
        super().__init__(topology.devices)
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

    def program(self, function: Callable[..., Any], *, consumes: tuple[int, ...] = ()) -> Any:
        def call(*arguments: Any) -> Any:
            self.calls.append(Call(function, self.place(arguments), consumes))
            return self.replicate(_trace(self.calls[-1]).out_info)

        return call

    def cost(self, call: Call) -> Cost:
        """Compiles the program, which takes minutes for a whole network."""
        compiled = self.compile(call.function, call.arguments, call.consumes)
        memory, analysis = compiled.memory_analysis(), compiled.cost_analysis()
        return Cost(
            flops=analysis["flops"] + _in_kernels(call),
            accessed=analysis["bytes accessed"],
            temporary=memory.temp_size_in_bytes,
            arguments=memory.argument_size_in_bytes,
        )


def _trace(call: Call) -> Any:
    """The program as one device has it."""
    one = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), call.arguments
    )
    return jax.jit(call.function).trace(*one)


def _in_kernels(call: Call) -> float:
    """The flops in Pallas kernels: XLA counts none there, and a CPU's program has no kernels."""
    traced = _trace(call)

    def flops(platform: str) -> float:
        return traced.lower(lowering_platforms=(platform,)).cost_analysis()["flops"]

    return flops("cpu") - flops("tpu")
