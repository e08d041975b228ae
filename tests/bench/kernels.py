"""The arithmetic in attention's splash kernels, told from the HLO text: XLA counts none of it."""

import math
import re

_CALL = re.compile(
    r"^\s+(?:ROOT )?%(?P<name>\S+) = .*custom_call_target=\"tpu_custom_call\", "
    r"operand_layout_constraints=\{(?P<operands>.*?)\}, frontend_attributes",
    re.MULTILINE,
)
_SPLASH = re.compile(r"splash_mha_(fwd|dkv|dq)_")
_TOKENS = re.compile(r"(?:bf16|f32)\[([\d,]+)\]")

PRODUCTS = {"fwd": 2, "dkv": 4, "dq": 3}
"""Of matrices: scores and what they weigh; in gradients the scores again, then theirs and those of
keys and values, or of queries."""


def attention_flops(text: str) -> float:
    """2 per multiplication and addition, in all kernels of a program."""
    calls = list(_CALL.finditer(text))
    assert len(calls) == text.count('custom_call_target="tpu_custom_call"'), "each has its shapes"
    return float(sum(map(_flops, calls)))


def _flops(call: re.Match[str]) -> int:
    kernel = _SPLASH.match(call["name"])
    assert kernel is not None, f"{call['name']} is no kernel of ours"
    queries, keys = (
        [int(side) for side in shape.split(",")] for shape in _TOKENS.findall(call["operands"])[:2]
    )
    *heads, tokens, channels = queries
    return 2 * PRODUCTS[kernel[1]] * math.prod(heads) * tokens * keys[-2] * channels
