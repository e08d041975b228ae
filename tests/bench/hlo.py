"""What the HLO text that XLA compiled for a TPU tells of time and memory, by its own estimates.

The text has a line for each instruction. Its layouts name memory spaces: `S(…)` is on the chip,
none is HBM. Its `backend_config` has the cycles that the compiler reckons for the instruction;
Pallas kernels have none.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

BYTES = {"pred": 1, "s8": 1, "u8": 1, "bf16": 2, "f16": 2, "s32": 4, "u32": 4, "f32": 4}
"""Of a number; what is not listed does not come up in our programs."""

NO_TRAFFIC = frozenset({"parameter", "constant", "tuple", "get-tuple-element", "bitcast"})
"""Names of what lies somewhere already."""

COPIES = frozenset({"copy", "copy-start", "copy-done", "pad", "slice", "broadcast", "transpose"})

_INSTRUCTION = re.compile(r"^\s+(?:ROOT )?%(?P<name>\S+) = (?P<rest>.*)$")
_OPCODE = re.compile(r"(?:^|[\s)}])(?P<opcode>[a-z][a-z0-9-]*)\((?P<operands>[^)]*)\)")
_ARRAY = re.compile(r"(?P<type>[a-z]+\d*)\[(?P<shape>[\d,]*)\](?:\{(?P<layout>[^}]*)\})?")
_CYCLES = re.compile(r'"estimated_cycles":"(\d+)"')
_OP_NAME = re.compile(r'op_name="([^"]*)"')


@dataclass(frozen=True)
class Instruction:
    """One line of the entry computation; bytes are those in HBM."""

    opcode: str
    op_name: str
    cycles: int
    result_bytes: int
    operands: tuple[str, ...]
    is_kernel: bool

    @property
    def kind(self) -> str:
        """Of layer, as far as the names tell."""
        if self.is_kernel:
            return "attention kernels"
        if self.opcode in COPIES:
            return "copies"
        for part, kind in _KINDS:
            if part in self.op_name:
                return kind
        return "all else"


_KINDS = (
    ("upsamplers", "upsampling"),
    ("conv_general_dilated", "convolutions"),
    ("/ff/", "feed-forwards"),
    ("/attn", "attention's projections"),
    ("norm", "norms"),
    ("silu", "norms"),
)


@dataclass
class Estimate:
    """Of one program on one device."""

    cycles: int = 0
    hbm_bytes: int = 0
    kernels: int = 0
    cycles_by_kind: Counter[str] = field(default_factory=Counter)


def estimate(text: str) -> Estimate:
    """Sums over the entry computation: cycles, bytes read from and written to HBM, kernels.

    A loop's body counts as often as it stands there: once. Our programs for a TPU have none.
    """
    told, in_hbm = Estimate(), {}
    for name, instruction in instructions(text):
        in_hbm[name] = instruction.result_bytes
        told.cycles += instruction.cycles
        told.cycles_by_kind[instruction.kind] += instruction.cycles
        told.kernels += instruction.is_kernel
        if instruction.opcode in NO_TRAFFIC:
            continue
        if instruction.opcode.endswith("-done"):
            continue  # its start has been counted
        if instruction.opcode.endswith("-start"):
            # Its result names the source again; one of source and destination is on the chip.
            told.hbm_bytes += instruction.result_bytes
            continue
        told.hbm_bytes += instruction.result_bytes
        told.hbm_bytes += sum(in_hbm.get(operand, 0) for operand in instruction.operands)
    return told


def instructions(text: str) -> Iterator[tuple[str, Instruction]]:
    """The entry computation's, by name, in order."""
    inside = False
    for line in text.splitlines():
        if line.startswith("ENTRY "):
            inside = True
        elif line == "}":  # what a kernel tells of itself ends with braces too, and goes on
            inside = False
        elif inside and (found := _INSTRUCTION.match(line)):
            yield found["name"], _instruction(found["rest"])


def _instruction(rest: str) -> Instruction:
    opcode = _OPCODE.search(rest)
    assert opcode is not None, "an instruction has an opcode"
    cycles, op_name = _CYCLES.search(rest), _OP_NAME.search(rest)
    return Instruction(
        opcode=opcode["opcode"],
        op_name=op_name[1] if op_name else "",
        cycles=int(cycles[1]) if cycles else 0,
        result_bytes=sum(map(_hbm_bytes, _ARRAY.finditer(rest[: opcode.start()]))),
        operands=tuple(re.findall(r"%([^\s,)]+)", opcode["operands"])),
        is_kernel="tpu_custom_call" in rest,
    )


def _hbm_bytes(array: re.Match[str]) -> int:
    if "S(" in (array["layout"] or ""):
        return 0
    count = 1
    for side in filter(None, array["shape"].split(",")):
        count *= int(side)
    return count * BYTES.get(array["type"], 0)
