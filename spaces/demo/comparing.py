"""What the page's sheet of two settings is told of the fields: their words, bounds and choices."""

from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from spaces.demo.options import COLOUR_SCALE, OF_MAPS, OPTIONS, STRENGTH


def fields_told(settings: Mapping[str, Component]) -> dict[str, dict[str, Any]]:
    """By a field's name: its label, and whether one setting of it can be held against another.

    `choices` are words and values, `low`, `high` and `step` those of a slider. What only a control
    map is made or used with is `of_control`.
    """
    return {name: _told(name, field) for name, field in settings.items()}


def _told(name: str, field: Any) -> dict[str, Any]:
    option = OPTIONS.get(name)
    told: dict[str, Any] = {"label": field.label, "varies": False}
    told["of_control"] = name in (*OF_MAPS, COLOUR_SCALE) or bool(option and option.of_control)
    if isinstance(field, gr.Dropdown):
        told["choices"] = [list(choice) for choice in field.choices]
    elif isinstance(field, gr.Slider):
        told |= {"low": field.minimum, "high": field.maximum, "step": field.step}
    else:
        return told
    # Those of the page alone are no picture's; how much of a start changes asks for a start.
    told["varies"] = bool(field.visible) and option is not None and name != STRENGTH
    return told
