"""What a value must be for the field that it is sent for.

Gradio passes most values on as they come, or fails over them; what a handler is given here has the
type that its component gives.
"""

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.blocks import Block

from spaces.errors import Refused

HALF = re.compile(r"[\ud800-\udfff]")
"""Half of a character, which can be neither written nor read by a model."""
MAX_SHOWN = 60
"""Characters of a value that a sentence repeats."""


def shown(value: Any) -> str:
    """A value as a sentence may repeat it: short, and on one line."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=True, default=lambda it: f"a {type(it).__name__}")
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def fields(function: BlockFunction) -> list[str]:
    """What the inputs of an event are called: as its parameters, or what people see."""
    named = function.input_parameter_names or [None] * len(function.inputs)
    return [
        (name or "").strip("_").replace("_", " ")
        or getattr(block, "label", None)
        or getattr(block, "elem_id", None)
        or "a value"
        for name, block in zip(named, function.inputs, strict=True)
    ]


def require_fitting(function: BlockFunction, values: Sequence[Any]) -> None:
    """Raises Refused for the first value that is not of its component's type."""
    if len(values) != len(function.inputs):
        raise Refused(
            f"this call takes {len(function.inputs)} values, got {len(values)}; send, in this "
            f"order: {', '.join(fields(function)) or 'none'}"
        )
    for name, block, value in zip(fields(function), function.inputs, values, strict=True):
        wanted = _wanted(block, value)
        if wanted is not None:
            is_path = isinstance(block, gr.File) and isinstance(value, str)
            came = "text" if is_path else shown(value)
            raise Refused(f"{name} must be {wanted}, got {came}; send that instead")


def _wanted(block: Block, value: Any) -> str | None:
    """What the component takes, when that is something else."""
    if getattr(block, "stateful", False) or value is None:
        return None
    match block:
        case gr.Slider():
            fits = _is_number(value) and block.minimum <= value <= block.maximum
            return None if fits else f"a number from {block.minimum:g} to {block.maximum:g}"
        case gr.Number():
            return None if isinstance(value, int | float | str) else "a number"
        case gr.Textbox():
            return None if isinstance(value, str) and not HALF.search(value) else "text"
        case gr.Checkbox():
            return None if isinstance(value, bool) else "true or false"
        case gr.Dropdown() | gr.Radio():
            return _choice(block, value)
        case gr.File():
            return None if isinstance(value, dict) else "a file that was uploaded here"
        case _ if getattr(block, "data_model", None) is not None:
            return None if isinstance(value, dict | list) else "an object"
    return None


def _choice(block: gr.Dropdown | gr.Radio, value: Any) -> str | None:
    several = bool(getattr(block, "multiselect", False))
    if several != isinstance(value, list):
        return "a list of choices" if several else "one of the choices"
    chosen = value if several else [value]
    if not all(isinstance(one, str | int | float) for one in chosen):
        return "a list of texts" if several else "text"
    offered = [one for _, one in block.choices]
    if getattr(block, "allow_custom_value", False) or all(one in offered for one in chosen):
        return None
    return f"one of {', '.join(map(str, offered))}"


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)  # which a whole number of hundreds of digits overflows
    return isinstance(value, int) and not isinstance(value, bool)
