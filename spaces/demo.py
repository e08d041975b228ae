"""The demo page. Every Space is this page with its own `DemoConfig`."""

from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from inference.annotators import ANNOTATORS, annotator
from inference.engine import Engine
from inference.request import MAX_IMAGES, MAX_STEPS, EngineInfo
from spaces.api import add_endpoints
from spaces.asking import AUTOMATIC
from spaces.config import DemoConfig
from spaces.generation import Handlers
from spaces.theme import build_theme
from spaces.values import MapValue, PictureValue, StageValue, Tile, Tiles
from spaces.widgets import widget

MAX_BYTES = 20_000_000
QUEUE = "engine"
"""All that makes pictures, on the page and by API, stands in this one queue."""


def build_demo(config: DemoConfig, engine: Engine) -> gr.Blocks:
    """The page and its endpoints; `launch` serves it."""
    info = engine.info
    handlers = Handlers(config, engine)
    with gr.Blocks(
        title=config.title,
        fill_width=True,
        analytics_enabled=False,
        delete_cache=(600, 12 * 3600),
    ) as demo:
        add_endpoints(config, engine, queue=QUEUE)
        masthead = widget("masthead", title=config.title, description=config.description)
        with gr.Column(elem_id="studio"):
            picture, map_view = _input(config, info)
            stage = _stage(config, info)
            with gr.Row(elem_id="ask"):
                if config.control is not None:
                    widget("add")
                prompt = gr.Textbox(
                    show_label=False,
                    label="Prompt",
                    placeholder=config.placeholder,
                    lines=1,
                    max_lines=4,
                    container=False,
                    elem_id="prompt",
                )
                make = gr.Button("Make it", variant="primary", elem_id="make")
                stop = gr.Button("Stop", variant="stop", elem_id="stop", visible=False)
            if config.prompts:
                tries = widget("tries", value=list(config.prompts))
                tries.pick(handlers.suggest, None, prompt, api_visibility="private")
            settings = _settings(config, info)
        if config.examples:
            tiles = widget("tiles", value=_tiles(config), model=Tiles)
            tiles.pick(
                handlers.pick,
                None,
                [picture, prompt, settings["seed"], settings["new_seed"], stage],
                api_visibility="private",
                show_progress="hidden",
            )
        _wire(handlers, picture, map_view, stage, prompt, make, stop, settings)
        demo.load(handlers.note, None, masthead, api_visibility="private", show_progress="hidden")
    demo.queue(default_concurrency_limit=1)
    return demo


def launch(demo: gr.Blocks, **options: Any) -> Any:
    """Serves a demo with its look and its bounds; `options` go to Gradio's `launch`."""
    settings = {
        "theme": build_theme("demo"),
        "footer_links": ["api"],
        "show_error": True,
        "max_file_size": MAX_BYTES,
        "enable_monitoring": False,
        "run_history": False,
        "ssr_mode": False,
        "pwa": False,
        "share": False,
    }
    return demo.launch(**{**settings, **options})


def _aspect(info: EngineInfo) -> str:
    return f"{info.size[0]} / {info.size[1]}"


def _input(config: DemoConfig, info: EngineInfo) -> tuple[gr.HTML, gr.HTML]:
    """What is handed in, and the control map over its corner."""
    width, height = info.size
    scale = 512 / min(info.size)
    with gr.Column(elem_id="input", visible=config.control is not None):
        picture = widget(
            "picture",
            value=PictureValue(),
            model=PictureValue,
            aspect=_aspect(info),
            canvas_width=round(width * scale),
            canvas_height=round(height * scale),
            max_bytes=MAX_BYTES,
        )
        map_view = widget("map", value=MapValue(), model=MapValue)
    return picture, map_view


def _stage(config: DemoConfig, info: EngineInfo) -> gr.HTML:
    if config.control is None:
        hint = "Say what it shows, then press Make it."
    else:
        hint = "Hand in a picture or draw one, say what it should become, then press Make it."
    return widget("stage", value=StageValue(), model=StageValue, aspect=_aspect(info), hint=hint)


def _tiles(config: DemoConfig) -> Tiles:
    return Tiles(
        root=[
            Tile(
                picture=FileData(path=str(example.picture)),
                result=FileData(path=str(example.result)),
                prompt=example.prompt,
            )
            for example in config.examples
        ]
    )


def _settings(config: DemoConfig, info: EngineInfo) -> dict[str, Any]:
    """The fold, in the order of `generation.Form` after the prompt."""
    defaults = info.defaults
    controlled = config.control is not None
    readings = [("Automatic", AUTOMATIC)] + [
        (annotator(name).label.capitalize(), name)
        for name in dict.fromkeys((config.annotator, config.drawing_annotator, "none"))
        if name in ANNOTATORS
    ]
    fields: dict[str, Any] = {}
    with gr.Accordion("Advanced", open=False, elem_id="advanced"):
        fields["negative_prompt"] = gr.Textbox(
            label="Leave out", info="negative_prompt", placeholder="What should not be in it"
        )
        with gr.Row():
            fields["seed"] = gr.Number(
                label="Seed", info="The same seed and settings give the same picture", value=0
            )
            fields["new_seed"] = gr.Checkbox(label="A new seed each time", value=True)
            fields["num_images"] = _slider(
                1, MAX_IMAGES, 1, step=1, label="Pictures", info="num_images"
            )
        with gr.Row():
            fields["steps"] = _slider(
                1, min(MAX_STEPS, 100), defaults.steps, step=1, label="Steps", info="steps"
            )
            fields["sampler"] = gr.Dropdown(
                [(label, name) for name, label in info.samplers.items()],
                value=defaults.sampler,
                label="Sampler",
                info="sampler",
            )
            fields["guidance_scale"] = _slider(
                0,
                15,
                defaults.guidance_scale,
                step=0.1,
                label="How closely to follow the words",
                info="guidance_scale",
            )
        with gr.Row(visible=controlled):
            fields["control_scale"] = _slider(
                0,
                2,
                1,
                step=0.05,
                label="Strength of the drawing",
                info="controlnet_conditioning_scale",
            )
            fields["control_start"] = _slider(
                0, 1, 0, step=0.05, label="It acts from", info="control_guidance_start"
            )
            fields["control_end"] = _slider(
                0, 1, 1, step=0.05, label="It acts until", info="control_guidance_end"
            )
            fields["reading"] = gr.Dropdown(
                readings, value=AUTOMATIC, label="Read the picture as", info="annotator"
            )
    return fields


def _slider(
    low: float, high: float, value: float, *, step: float, label: str, info: str
) -> gr.Slider:
    return gr.Slider(low, high, value, step=step, label=label, info=info, buttons=[])


def _wire(
    handlers: Handlers,
    picture: gr.HTML,
    map_view: gr.HTML,
    stage: gr.HTML,
    prompt: gr.Textbox,
    make: gr.Button,
    stop: gr.Button,
    settings: dict[str, Any],
) -> None:
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    gr.on(
        [picture.change, settings["reading"].change],
        handlers.read_picture,
        [picture, settings["reading"]],
        map_view,
        trigger_mode="always_last",
        concurrency_limit=4,
        **quiet,
    )
    kept = stage.again(handlers.again, None, [settings["seed"], settings["new_seed"]], **quiet)
    runs = []
    for start in (gr.on([make.click, prompt.submit], **_heard(handlers, stage, make, stop)), kept):
        if start is kept:
            start = kept.then(**_heard(handlers, stage, make, stop))
        run = start.then(
            handlers.generate,
            [picture, prompt, *settings.values()],
            [stage, settings["seed"]],
            concurrency_id=QUEUE,
            api_visibility="private",
            show_progress="minimal",
            show_progress_on=stage,
        )
        run.then(handlers.end, None, [make, stop], queue=False, **quiet)
        runs.append(run)
    stop.click(handlers.stop, stage, [stage, make, stop], cancels=runs, queue=False, **quiet)


def _heard(handlers: Handlers, stage: gr.HTML, make: gr.Button, stop: gr.Button) -> dict[str, Any]:
    return {
        "fn": handlers.begin,
        "outputs": [stage, make, stop],
        "queue": False,
        "api_visibility": "private",
        "show_progress": "hidden",
    }
