"""The page's fold of settings, with words for people and the technical name in the tooltip."""

import html
import json
from typing import Any

import gradio as gr
from gradio.components import FormComponent

from inference.request import EngineInfo
from spaces.demo.beside import most_beside, offered
from spaces.demo.config import DemoConfig
from spaces.demo.option import AUTOMATIC, OnPage
from spaces.demo.options import (
    MOST_STEPS,
    OF_MAPS,
    OPTIONS,
    STRENGTH,
    options_of,
)
from spaces.demo.readings import needing_weights, readings, settings_read_with
from spaces.demo.values import BesideValue, StartValue
from spaces.demo.widgets import widget
from spaces.door.files import MAX_BYTES

FIELD = "field-"
"""Before a field's name, its `elem_id`: by that the page's script reads it, to keep it."""
PROMPT, BESIDE = "prompt", "beside"
"""The page's field above the fold, and its further controls below."""
NEW_SEED, HOW_READ = "new_seed", "reading"
"""Fields of the page alone: whether the seed stays; annotator and control in one."""
ROWS = (
    ("negative_prompt",),
    ("seed", NEW_SEED, "num_images", "upscale"),
    ("steps", "sampler", "guidance_scale"),
    ("karras", "zero_snr"),
    ("control_scale", "colour_scale", "control_start", "control_end", HOW_READ),
    tuple(OF_MAPS),
)
NAMES = (*(name for row in ROWS for name in row), STRENGTH)
"""Of the fold's fields, in order, and behind them the one of `starting`."""
NOTICES_BELOW = 2
"""What to know about the model stands below this row, whose settings it is about."""


def build_starting(config: DemoConfig, info: EngineInfo) -> tuple[gr.HTML, FormComponent]:
    """The fold of what is started from, within the Blocks that are being built: its widget, and how
    much of it changes. It is open where the Space begins with it."""
    is_leading = config.control is None and config.begins != "words"
    with gr.Column(elem_id="starting", elem_classes="leading" if is_leading else ""):
        start = widget(
            "start",
            value=StartValue(),
            model=StartValue,
            parts=("meeting", "sending", "recipe", "brush"),
            max_bytes=MAX_BYTES,
            paints=config.begins == "part",
            opens=config.begins != "words",
            folds=not is_leading,
            alone=config.control is None,
        )
        strength = _field(STRENGTH, config, info)
    strength.elem_id = f"{FIELD}{STRENGTH}"
    return start, strength


def build_beside(config: DemoConfig, info: EngineInfo) -> gr.HTML:
    """The further controls, seen with the fold, or while there are some."""
    most = most_beside(config, info)
    return widget(
        "beside",
        value=BesideValue(root=[]),
        model=BesideValue,
        parts=("meeting", "sending", "recipe"),
        max_bytes=MAX_BYTES,
        most=most,
        visible=most > 0,
        **offered(config, info),
    )


def build_settings(config: DemoConfig, info: EngineInfo, strength: FormComponent) -> dict[str, Any]:
    """The fold, closed, within the Blocks that are being built: its fields by name, as `NAMES`."""
    fields: dict[str, Any] = {}
    with gr.Accordion("Advanced", open=False, elem_id="advanced"):
        for at, names in enumerate(ROWS):
            of_maps = names == tuple(OF_MAPS)
            is_offered = config.control is not None or not (of_maps or HOW_READ in names)
            with gr.Row(visible=is_offered, elem_classes="of-maps" if of_maps else ""):
                fields.update((name, _field(name, config, info)) for name in names)
            if HOW_READ in names and (learned := needing_weights(config, info)):
                gr.HTML(_weights(learned), elem_id="weights")
            if at == NOTICES_BELOW and info.notices:
                gr.HTML(_notices(info), elem_id="notices")
    for name, field in fields.items():
        field.elem_id = f"{FIELD}{name}"
    return {**fields, STRENGTH: strength}


def _field(name: str, config: DemoConfig, info: EngineInfo) -> FormComponent:
    if name == NEW_SEED:
        return gr.Checkbox(True, label="A new seed each time")
    if name == HOW_READ:
        choices = [(label, choice) for choice, label in readings(config, info).items()]
        return gr.Dropdown(choices, value=AUTOMATIC, label="Read the picture as", info="annotator")
    of_space = options_of(config)
    option = of_space.get(name, OPTIONS[name])
    assert isinstance(option, OnPage), "a row names fields of the page"
    field = option.page_field(info)
    field.visible = field.visible and name in of_space
    if name in OF_MAPS:
        field.visible = field.visible and name in settings_read_with(config, info)
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


def _weights(labels: list[str]) -> str:
    """Which readings need weights, and what to do where they cannot be had."""
    return (
        f"<p>Needs weights that come from the Hub at the first use: {' · '.join(labels)}. "
        "Without it, read the picture otherwise, or hand in a map.</p>"
    )


def _notices(info: EngineInfo) -> str:
    """What to know about the model; a checkpoint's own words are in it, so nothing is markup."""
    sentences = (f"{notice[:1].upper()}{notice[1:]}." for notice in info.notices)
    return f"<p>{html.escape(' '.join(sentences))}</p>"
