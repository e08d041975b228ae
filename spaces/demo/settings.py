"""The page's fold of settings, with words for people and the technical name in the tooltip."""

import html
import json
from dataclasses import dataclass, fields

import gradio as gr
from gradio.components import Component

from inference.request import MAX_IMAGES, EngineInfo
from spaces.demo.config import DemoConfig
from spaces.demo.requests import AUTOMATIC, NO, YES, readings

MOST_STEPS = 100
MOST_GUIDANCE = 15
FIELD = "field-"
"""Before a field's name, its `elem_id`: by that the page's script reads it, to keep it."""


@dataclass(frozen=True)
class Settings:
    """The fold's fields, named and ordered as in `generation.Form`."""

    negative_prompt: gr.Textbox
    seed: gr.Number
    new_seed: gr.Checkbox
    num_images: gr.Slider
    steps: gr.Slider
    sampler: gr.Dropdown
    guidance_scale: gr.Slider
    karras: gr.Dropdown
    zero_snr: gr.Dropdown
    control_scale: gr.Slider
    control_start: gr.Slider
    control_end: gr.Slider
    colour_scale: gr.Slider
    reading: gr.Dropdown

    @property
    def components(self) -> list[Component]:
        return [getattr(self, field.name) for field in fields(self)]


def build_settings(config: DemoConfig, info: EngineInfo) -> Settings:
    """The fold, closed, within the Blocks that are being built."""
    defaults = info.defaults
    with gr.Accordion("Advanced", open=False, elem_id="advanced"):
        negative_prompt = gr.Textbox(
            label="Leave out", info="negative_prompt", placeholder="What should not be in it"
        )
        with gr.Row():
            seed = gr.Number(
                0, label="Seed", info="The same seed and settings give the same picture"
            )
            new_seed = gr.Checkbox(True, label="A new seed each time")
            num_images = _slider(1, MAX_IMAGES, 1, 1, "Pictures", "num_images")
        with gr.Row():
            steps = _slider(1, MOST_STEPS, defaults.steps, 1, "Steps", "steps")
            sampler = gr.Dropdown(
                [(label, name) for name, label in info.samplers.items()],
                value=defaults.sampler,
                label="Sampler",
                info="sampler",
            )
            guidance_scale = _slider(
                0,
                MOST_GUIDANCE,
                defaults.guidance_scale,
                0.1,
                "How closely to follow the words",
                "guidance_scale, off at 1 and below",
            )
        if info.notices:
            gr.HTML(_notices(info), elem_id="notices")
        with gr.Row():
            karras = _own_or("More steps for the details", "use_karras_sigmas, Karras spacing")
            zero_snr = _own_or("Start from pure noise", "rescale_betas_zero_snr")
        with gr.Row(visible=config.control is not None):
            control_scale = _slider(
                0, 2, 1, 0.05, "Strength of the drawing", "controlnet_conditioning_scale"
            )
            colour_scale = _slider(
                0, 2, 0, 0.05, "Strength of its colours", "scale of the colours' ControlNet"
            )
            colour_scale.visible = config.colours is not None
            control_start = _slider(0, 1, 0, 0.05, "It acts from", "control_guidance_start")
            control_end = _slider(0, 1, 1, 0.05, "It acts until", "control_guidance_end")
            reading = gr.Dropdown(
                [(label, choice) for choice, label in readings(config, info).items()],
                value=AUTOMATIC,
                label="Read the picture as",
                info="annotator",
            )
    settings = Settings(
        negative_prompt=negative_prompt,
        seed=seed,
        new_seed=new_seed,
        num_images=num_images,
        steps=steps,
        sampler=sampler,
        guidance_scale=guidance_scale,
        karras=karras,
        zero_snr=zero_snr,
        control_scale=control_scale,
        control_start=control_start,
        control_end=control_end,
        colour_scale=colour_scale,
        reading=reading,
    )
    for field in fields(settings):
        getattr(settings, field.name).elem_id = f"{FIELD}{field.name}"
    return settings


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


def _slider(low: float, high: float, value: float, step: float, label: str, name: str) -> gr.Slider:
    return gr.Slider(low, high, value, step=step, label=label, info=name, buttons=[])


def _notices(info: EngineInfo) -> str:
    """What to know about the model; a checkpoint's own words are in it, so nothing is markup."""
    sentences = (f"{notice[:1].upper()}{notice[1:]}." for notice in info.notices)
    return f"<p>{html.escape(' '.join(sentences))}</p>"


def _own_or(label: str, name: str) -> gr.Dropdown:
    """What a model settles for itself unless somebody wants it otherwise."""
    choices = [("As the model does", AUTOMATIC), ("Yes", YES), ("No", NO)]
    return gr.Dropdown(choices, value=AUTOMATIC, label=label, info=name)
