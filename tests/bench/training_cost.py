"""What a step of training asks of a chip, as the compiler says, or by how much it is refused."""

import re
from typing import Any

import jax

from tests.bench import hlo
from tests.bench.kernels import attention_flops

_REFUSED = re.compile(r"Used ([\d.]+)([KMG]) of ([\d.]+)([KMG]) hbm")
_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}

Cost = dict[str, Any]
"""JSON, one chip's: `fits`, then `wanted` and `has` in bytes, or what `of_compiled` gives."""


def of(lowered: Any) -> Cost:
    """Compiles the step, for many minutes."""
    try:
        compiled = lowered.compile()
    except jax.errors.JaxRuntimeError as error:
        if not (found := _REFUSED.search(str(error))):
            raise
        wanted, has = (float(found[at]) * _UNITS[found[at + 1]] for at in (1, 3))
        return {"fits": False, "wanted": wanted, "has": has}
    return {"fits": True, **of_compiled(compiled)}


def of_compiled(compiled: Any) -> Cost:
    """Sizes in bytes; flops with those of attention's kernels, of which XLA counts none."""
    memory, text = compiled.memory_analysis(), compiled.as_text()
    told = hlo.estimate(text)
    return {
        "arguments": memory.argument_size_in_bytes,
        "temporary": memory.temp_size_in_bytes,
        "result": memory.output_size_in_bytes - memory.alias_size_in_bytes,
        "program": memory.generated_code_size_in_bytes,
        "flops": compiled.cost_analysis()["flops"] + attention_flops(text),
        "hbm": told.hbm_bytes,
        "cycles": told.cycles,
        "kernels": told.kernels,
    }
