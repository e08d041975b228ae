"""The page's fold of settings, with words for people and the technical name in the tooltip."""

import html
import json
from typing import Any

import gradio as gr
from gradio.components import FormComponent

from inference.request import EngineInfo
from spaces.demo.config import DemoConfig
from spaces.demo.options import AUTOMATIC, MOST_STEPS, OPTIONS, OnPage
from spaces.demo.requests import readings

FIELD = "field-"
"""Before a field's name, its `elem_id`: by that the page's script reads it, to keep it."""
PROMPT = "prompt"
"""The page's field above the fold."""
NEW_SEED, HOW_READ = "new_seed", "reading"
"""Fields of the page alone: whether the seed stays; annotator and control in one."""
ROWS = (
    ("negative_prompt",),
    ("seed", NEW_SEED, "num_images"),
    ("steps", "sampler", "guidance_scale"),
    ("karras", "zero_snr"),
    ("control_scale", "colour_scale", "control_start", "control_end", HOW_READ),
)
NAMES = tuple(name for row in ROWS for name in row)
"""Of the fold's fields, in order."""
NOTICES_BELOW = 2
"""What to know about the model stands below this row, whose settings it is about."""


def build_settings(config: DemoConfig, info: EngineInfo) -> dict[str, Any]:
    """The fold, closed, within the Blocks that are being built: its fields by name, as `NAMES`."""
    fields: dict[str, Any] = {}
    with gr.Accordion("Advanced", open=False, elem_id="advanced"):
        for at, names in enumerate(ROWS):
            with gr.Row(visible=HOW_READ not in names or config.control is not None):
                fields.update((name, _field(name, config, info)) for name in names)
            if at == NOTICES_BELOW and info.notices:
                gr.HTML(_notices(info), elem_id="notices")
    for name, field in fields.items():
        field.elem_id = f"{FIELD}{name}"
    return fields


def _field(name: str, config: DemoConfig, info: EngineInfo) -> FormComponent:
    if name == NEW_SEED:
        return gr.Checkbox(True, label="A new seed each time")
    if name == HOW_READ:
        choices = [(label, choice) for choice, label in readings(config, info).items()]
        return gr.Dropdown(choices, value=AUTOMATIC, label="Read the picture as", info="annotator")
    option = OPTIONS[name]
    assert isinstance(option, OnPage), "a row names fields of the page"
    field = option.page_field(info)
    field.visible = option.is_offered(config)
    return field


def bound_steps(info: EngineInfo) -> str:
    """A script that ends the slider of steps where the chosen sampler ends.

    The server's own bound stays that of all samplers: what is put back at once, a sampler and its
    steps, never meets another sampler's bound.
    """
    most = {name: min(MOST_STEPS, steps) for name, steps in info.most_steps.items()}
    return f"""(sampler, steps) => {{
        const maximum = {json.dumps(most)}[sampler] ?? {MOST_STEPS};
        return {{ __type__: "update", maximum, value: Math.min(steps, maximum) }};
    }}"""


def _notices(info: EngineInfo) -> str:
    """What to know about the model; a checkpoint's own words are in it, so nothing is markup."""
    sentences = (f"{notice[:1].upper()}{notice[1:]}." for notice in info.notices)
    return f"<p>{html.escape(' '.join(sentences))}</p>"
