"""The four devices of a TPU v4-8, known by their description, and what a program costs there.

Needs libtpu to be importable, and no TPU. Every figure is one device's.
"""

from typing import NamedTuple

from inference.described import Call, Described, v4_8
from tests.bench import hlo
from tests.bench.kernels import attention_flops


class Cost(NamedTuple):
    """What one run of a program asks of each device; `hbm`, `temporary`, `arguments` in bytes."""

    flops: float
    cycles: int
    hbm: int
    temporary: int
    arguments: int
    kernels: int
    kinds: dict[str, int]
    """Cycles by kind of layer."""


class V4x8(Described):
    def __init__(self) -> None:
        devices = v4_8()
        assert devices is not None, "libtpu is beside it"
        super().__init__(devices)

    def cost(self, call: Call) -> Cost:
        """Compiles the program, which takes minutes for a whole network."""
        compiled = self.compile(call.function, call.arguments, of=None, consumes=call.consumes)
        memory, analysis = compiled.memory_analysis(), compiled.cost_analysis()
        text = compiled.as_text()
        told = hlo.estimate(text)
        return Cost(
            flops=analysis["flops"] + attention_flops(text),
            cycles=told.cycles,
            hbm=told.hbm_bytes,
            temporary=memory.temp_size_in_bytes,
            arguments=memory.argument_size_in_bytes,
            kernels=told.kernels,
            kinds=dict(told.cycles_by_kind),
        )
