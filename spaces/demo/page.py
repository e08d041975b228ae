"""The demo page. Every Space is this page with its own `DemoConfig`."""

from typing import Any

import gradio as gr
from gradio import themes
from gradio.data_classes import FileData

from inference.engine import Engine
from inference.request import EngineInfo
from spaces.demo.api import add_endpoints
from spaces.demo.beside import offered
from spaces.demo.bounds import Bounds
from spaces.demo.comparing import fields_told
from spaces.demo.config import DemoConfig, Known
from spaces.demo.front import faced
from spaces.demo.handlers import Handlers
from spaces.demo.jobs import UNATTENDED_SECONDS
from spaces.demo.live import MAX_BODY, PATH, Live
from spaces.demo.maps import Maps
from spaces.demo.mcp.server import Mcp
from spaces.demo.preview import Preview, preview_of
from spaces.demo.queueing import bound
from spaces.demo.recall import Recall
from spaces.demo.settings import bound_steps, build_beside, build_settings, build_starting
from spaces.demo.values import BesideMaps, MapValue, Note, PictureValue, StageValue, Tile, Tiles
from spaces.demo.widgets import widget
from spaces.demo.wiring import FOUND, QUEUE, READING, Parts, wire
from spaces.door.blocks import GuardedBlocks
from spaces.door.files import MAX_BYTES
from spaces.door.gate import Asked, guarded
from spaces.door.heads import bound_all_servers
from spaces.look.theme import build_theme

PARTS_OF_PICTURE = (
    *("meeting", "sending", "recipe", "shapes", "sketch", "moments", "camera", "pixels", "live"),
    *("handed", "following", "tabs", "choosing", "drawing", "looking"),
)
"""The scripts of the widget that takes a picture: what they build on, then its own, in order."""

PARTS_OF_STAGE = (
    *("meeting", "recipe", "link", "zip", "gif", "label", "result", "asking", "telling"),
    *("hearts", "film", "saving", "sharing", "lapse"),
)
"""The same of the result's place."""

LOOK: dict[str, Any] = {
    "footer_links": ["api"],
    "show_error": False,
    "max_file_size": MAX_BYTES,
    "enable_monitoring": False,
    "run_history": False,
    "ssr_mode": False,
    "pwa": False,
    "mcp_server": False,
}
"""What Gradio is told of every demo, launched or mounted.

Sentences for people are `gr.Error`s, which arrive always; `show_error` would add the text of any
other exception.
"""


class Demo(GuardedBlocks):
    """A demo's Blocks, and what is seen of it where its address is shared."""

    def __init__(self, *, preview: Preview | None, bounds: Bounds, **options: Any) -> None:
        self.preview = preview
        super().__init__(files=bounds.files(), **options)
        self.bounds = bounds
        self.live: Live | None = None
        self.mcp: Mcp | None = None


def build_demo(
    config: DemoConfig,
    engine: Engine,
    *,
    patience: float = UNATTENDED_SECONDS,
    bounds: Bounds | None = None,
    known: Known | None = None,
) -> Demo:
    """The page and its endpoints; `launch` serves it.

    `patience` is how many seconds a picture is worked on after its page was lost. `bounds` are
    shared with the demos beside it, where there are some. `known` is what the model knows, where
    the config does not say it.
    """
    info = engine.info
    known = config.known or known
    bounds = bounds or Bounds()
    with Demo(
        preview=preview_of(config),
        bounds=bounds,
        title=config.title,
        fill_width=True,
        analytics_enabled=False,
        delete_cache=(600, 12 * 3600),
    ) as demo:
        queue = bound(
            demo,
            default_concurrency_limit=info.at_once,
            lanes_of_page=(QUEUE, FOUND, READING),
            sessions=bounds.sessions,
            beside=bounds.queues,
        )
        made = demo.files.folder / "made"
        handlers = Handlers(config, engine, patience=patience, made=made)
        add_endpoints(config, engine, queue=QUEUE, made=made)
        keeping = widget(
            "keeping",
            value=Note(),
            model=Note,
            parts=("meeting", "store", "connection"),
            place=config.title,
        )
        beside_maps = widget("maps", value=BesideMaps(root=[]), model=BesideMaps)
        masthead = widget("masthead", title=config.title, description=config.description)
        with gr.Column(elem_id="studio"):
            picture, map_view = _input(config, info)
            stage = _stage(config, info)
            with gr.Row(elem_id="ask"):
                prompt = gr.Textbox(
                    show_label=False,
                    label="Prompt",
                    placeholder=config.placeholder,
                    lines=1,
                    max_lines=4,
                    container=False,
                    elem_id="prompt",
                )
                gr.Button("Make it", variant="primary", elem_id="make")
                gr.Button("Stop", variant="stop", elem_id="stop")
            if config.prompts:
                tries = widget("tries", value=list(config.prompts))
                tries.pick(handlers.suggest, None, prompt, api_visibility="private")
            if known:
                widget(
                    "known",
                    value={"things": known.things, "words": known.words},
                    parts=("nearest",),
                    count=len(known.things),
                )
            start, strength = build_starting(config, info)
            settings = build_settings(config, info, strength)
            beside = build_beside(config, info)
        if config.examples:
            tiles = widget("tiles", value=_tiles(config), model=Tiles)
            tiles.pick(
                handlers.pick,
                None,
                [picture, prompt, settings["seed"], stage],
                api_visibility="private",
                show_progress="hidden",
            )
        demo.mcp = Mcp(demo, queue, about=f"{config.title}. {config.description}")
        widget(
            "against",
            parts=("meeting", "recipe", "zip", "label", "sheet", "comparable"),
            fields=fields_told(settings),
            further=offered(config, info),
        )
        parts = Parts(
            keeping, picture, map_view, start, beside, beside_maps, stage, prompt, settings
        )
        recall = Recall(config, settings, info)
        wire(handlers, Maps(config, info), recall, parts, queue=queue)
        if config.live:
            demo.live = Live(
                handlers, recall, demo.files, at_once=info.at_once, places=bounds.drawings
            )
        for event in (settings["sampler"].change, demo.load):
            event(
                None,
                [settings["sampler"], settings["steps"]],
                settings["steps"],
                js=bound_steps(info),
                queue=False,
                api_visibility="private",
                show_progress="hidden",
            )
        demo.load(
            handlers.note,
            None,
            masthead,
            api_visibility="private",
            show_progress="hidden",
            concurrency_limit=None,  # it only waits
        )
    return demo


def launch(demo: Demo, **options: Any) -> Any:
    """Serves a demo with its look and its bounds; `options` go to Gradio's `launch`."""
    bound_all_servers()
    look = {
        "theme": page_theme(),
        "share": False,
        **LOOK,
        "state_session_capacity": demo.bounds.sessions,
    }
    return demo.launch(**{**look, **options, "app_kwargs": guarded_page(demo)})


def guarded_page(demo: Demo) -> dict[str, Any]:
    """The `app_kwargs` with which a demo is launched or mounted."""
    asked = {PATH: Asked(demo.live, MAX_BODY)} if demo.live else {}
    asked |= demo.mcp.asked if demo.mcp else {}
    return faced(guarded(demo, under_way=demo.bounds.under_way, asked=asked), demo.preview)


def page_theme() -> themes.Base:
    """The look of every demo's page."""
    return build_theme("demo", "starting", "against", "beside")


def _aspect(info: EngineInfo) -> str:
    return f"{info.size[0]} / {info.size[1]}"


def _input(config: DemoConfig, info: EngineInfo) -> tuple[gr.HTML, gr.HTML]:
    """What is handed in, and its control map."""
    width, height = info.size
    scale = 512 / min(info.size)
    with gr.Column(elem_id="input", visible=config.control is not None):
        picture = widget(
            "picture",
            value=PictureValue(origin=config.first),
            model=PictureValue,
            parts=PARTS_OF_PICTURE,
            controls=list(info.controls),
            colours=config.colours,
            aspect=_aspect(info),
            canvas_width=round(width * scale),
            canvas_height=round(height * scale),
            max_bytes=MAX_BYTES,
            live=config.live,
            wordless=config.wordless is not None,
        )
        map_view = widget("map", value=MapValue(), model=MapValue, parts=("meeting", "brush"))
    return picture, map_view


def _stage(config: DemoConfig, info: EngineInfo) -> gr.HTML:
    if config.begins == "part":
        hint = "Choose a picture, paint over what is to change, say what it becomes, press Make it."
    elif config.begins == "picture":
        hint = "Choose a picture to start from, say what it should become, then press Make it."
    elif config.control is None:
        hint = "Say what it shows, then press Make it."
    elif config.live and config.words_alone:
        hint = "Say what to make and press Make it, or draw: the picture follows your strokes."
    elif config.live:
        hint = "Say what it should become, and draw: the picture follows your strokes."
    else:
        hint = "Hand in a picture or draw one, say what it should become, then press Make it."
    return widget(
        "stage",
        value=StageValue(),
        model=StageValue,
        parts=PARTS_OF_STAGE,
        takes_pictures=config.control is not None,
        aspect=_aspect(info),
        hint=hint,
    )


def _tiles(config: DemoConfig) -> Tiles:
    return Tiles(
        root=[
            Tile(
                picture=FileData(path=str(example.picture)) if example.picture else None,
                result=FileData(path=str(example.result)),
                prompt=example.prompt,
            )
            for example in config.examples
        ]
    )
