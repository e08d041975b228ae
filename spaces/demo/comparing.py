"""What the page's sheet of two settings is told of the fields: their words, bounds and choices."""

from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from inference.controls.annotators import ANNOTATORS
from spaces.demo.options import COLOUR_SCALE, OF_MAPS, OPTIONS, STRENGTH, changing
from spaces.demo.settings import HOW_READ


def fields_told(settings: Mapping[str, Component]) -> dict[str, dict[str, Any]]:
    """By a field's name: its label, and whether one setting of it can be held against another.

    `choices` are words and values, `low`, `high` and `step` those of a slider. What only a control
    map is made or used with is `of_control`: a file tells it as that `part` of its first control,
    and numbers that a map is read with are those of `annotators`. One says how a picture is read.
    """
    return {name: _told(name, field) for name, field in settings.items()}


def _told(name: str, field: Any) -> dict[str, Any]:
    option = OPTIONS.get(name)
    part = OF_MAPS[name].of_map if name in OF_MAPS else option and option.of_control
    told: dict[str, Any] = {"label": field.label, "varies": False, "part": part}
    told["of_control"] = bool(part) or name in (COLOUR_SCALE, HOW_READ)
    told["reads"] = name == HOW_READ
    if name in OF_MAPS:
        told["annotators"] = [one for one in ANNOTATORS if name in changing(one)]
    if isinstance(field, gr.Dropdown):
        told["choices"] = [list(choice) for choice in field.choices]
    elif isinstance(field, gr.Slider):
        told |= {"low": field.minimum, "high": field.maximum, "step": field.step}
    else:
        return told
    # What is of the page alone is no picture's; how much of a start changes asks for a start.
    is_of_picture = option is not None or name == HOW_READ
    told["varies"] = bool(field.visible) and is_of_picture and name != STRENGTH
    return told
