"""The named endpoints: /generate, /control_map and /info, for programs."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from inference.engine import Engine
from inference.errors import InferenceError
from inference.request import EngineInfo, GenerationRequest, Queued, Result
from spaces.demo import beside
from spaces.demo import requests as asking
from spaces.demo.config import DemoConfig
from spaces.demo.option import AUTOMATIC, Option
from spaces.demo.options import OF_MAPS, options_of, settings_of_map
from spaces.demo.pictures import saved
from spaces.demo.session import visitor_session
from spaces.demo.values import BesideValue

LATER = ("start", "mask")
MORE = "more_controls"
FURTHER = (
    "Further controls, a list: each with its own picture, or none for the same one; annotator or "
    "control; scale, start and end; and settings, its annotator's by name"
)
"""Parameters that came when programs already asked by position."""


def add_endpoints(config: DemoConfig, engine: Engine, *, queue: str, made: Path) -> None:
    """Adds them to the Blocks that are being built; `queue` is the engine's concurrency id.

    Pictures are written to the folder `made`.
    """
    endpoints = _Endpoints(config, engine, made)
    offered = options_of(config)
    of_maps = [one for name, one in offered.items() if name in OF_MAPS]
    making = _named(endpoints.generate, [*offered.values()], engine.info)
    reading = _named(endpoints.control_map, of_maps, engine.info)
    with gr.Group(visible=False):
        picture = _file(f"The picture, as a file; it {_becomes(config)}")
        start = _file("A picture to start from, as a file")
        mask = _file("Its mask, as a file: white is painted anew, and the rest stays")
        fields = {name: option.api_field(engine.info) for name, option in offered.items()}
        own = {"prompt": gr.Textbox(label="What the picture shows"), "picture": picture}
        own |= {"start": start, "mask": mask, **fields, MORE: _controls(config)}
        pictures = gr.File(
            label="PNG files, each with its parameters inside", file_count="multiple"
        )
        facts = gr.JSON(label="Progress while it works; then seeds, seconds, notices")
        drawn = gr.File(label="The control map, a PNG file")
        able = gr.JSON(label="What this Space can do")
        trigger = gr.Button()
    trigger.click(
        _generating(endpoints.generate, making),
        [own[one.name] for one in making.parameters],
        [pictures, facts],
        api_name="generate",
        concurrency_id=queue,
        concurrency_limit=1,
    )
    trigger.click(
        _answering(endpoints.control_map, reading),
        [own[one.name] for one in reading.parameters],
        drawn,
        api_name="control_map",
        concurrency_limit=4,
    )
    trigger.click(endpoints.info, None, able, api_name="info", queue=False)


def _becomes(config: DemoConfig) -> str:
    is_started_from = config.control is None and config.begins != "words"
    return "is what is started from" if is_started_from else "becomes the control map"


@dataclass(frozen=True)
class _Named:
    """An endpoint's parameters in order, and which of them are options."""

    parameters: tuple[Parameter, ...]
    options: set[str]

    def given(self, values: tuple[Any, ...]) -> dict[str, Any]:
        """An endpoint's arguments."""
        named = zip((one.name for one in self.parameters), values, strict=True)
        given = dict(named)
        options = {name: value for name, value in given.items() if name in self.options}
        own = {name: value for name, value in given.items() if name not in self.options}
        return {**own, "options": options}

    def tell(self, asked: Callable[..., Any], endpoint: Callable[..., Any]) -> Callable[..., Any]:
        """`asked` with these parameters and the endpoint's own words."""
        asked.__doc__ = endpoint.__doc__
        asked.__signature__ = Signature(self.parameters)  # pyright: ignore[reportFunctionMemberAccess]
        return asked


def _named(endpoint: Callable[..., Any], options: Sequence[Option], info: EngineInfo) -> _Named:
    """The parameters of an endpoint that takes `options` by name, in the order of its own, those
    options, and `LATER`: Gradio tells programs a function's own names.

    What came later stands last: who asks by position asks for the same.
    """
    *own, _ = signature(endpoint).parameters.values()
    more = [
        Parameter(one.name, Parameter.POSITIONAL_OR_KEYWORD, default=one.default(info))
        for one in options
    ]
    behind = [one for one in more if one.name in OF_MAPS]
    ahead = [one for one in more if one.name not in OF_MAPS]
    first = [one for one in own if one.name not in (*LATER, MORE)]
    last = [one for one in own if one.name in LATER]
    most = [one for one in own if one.name == MORE]
    return _Named((*first, *ahead, *last, *behind, *most), {one.name for one in more})


def _generating(
    endpoint: Callable[..., Generator[Any, None, None]], named: _Named
) -> Callable[..., Any]:
    def asked(*values: Any) -> Generator[Any, None, None]:
        yield from endpoint(**named.given(values))

    return named.tell(asked, endpoint)


def _answering(endpoint: Callable[..., str], named: _Named) -> Callable[..., Any]:
    def asked(*values: Any) -> str:
        return endpoint(**named.given(values))

    return named.tell(asked, endpoint)


def _controls(config: DemoConfig) -> gr.JSON:
    """A field for further controls, whose schema programs are told."""
    field = gr.JSON(label=FURTHER)
    field.data_model = BesideValue
    field.preprocess = lambda payload: payload
    field.example_payload = list
    field.api_info = lambda: beside.schema(config)
    return field


def _file(label: str) -> gr.File:
    """A field for a file. Gradio's leaves an empty one behind for each that it is given."""
    field = gr.File(label=label)
    field.preprocess = lambda payload: payload.path if isinstance(payload, FileData) else None
    return field


def _refusal(error: InferenceError) -> gr.Error:
    """The sentence for the client, and nothing in the server's log: it is no fault of ours."""
    return gr.Error(str(error), print_exception=False)


class _Endpoints:
    def __init__(self, config: DemoConfig, engine: Engine, made: Path) -> None:
        self._config = config
        self._engine = engine
        self._made = made

    def generate(
        self,
        prompt: str,
        picture: str | None = None,
        start: str | None = None,
        mask: str | None = None,
        more_controls: BesideValue | None = None,
        *,
        options: Mapping[str, Any],
    ) -> Generator[tuple[list[str] | None, dict[str, Any]], None, None]:
        """Makes pictures from a prompt and a picture; sends progress until they are done."""
        if self._config.control is None and self._config.begins != "words":
            start = start or picture
        try:
            request = asking.make_request(
                self._config,
                self._engine.info,
                prompt=prompt,
                picture=picture,
                origin="upload",
                options=options,
                start=start,
                mask=mask,
                beside=more_controls.root if more_controls else (),
            ).model_copy(update={"preview_every": 0})
            updates = self._engine.generate(request, client=visitor_session())
            try:
                for update in updates:
                    yield self._answer(update, request)
            finally:
                updates.close()
        except InferenceError as error:
            raise _refusal(error) from error

    def control_map(
        self, picture: str | None, annotator: str = AUTOMATIC, *, options: Mapping[str, Any]
    ) -> str:
        """The control map that /generate would make of this picture."""
        try:
            if picture is None:
                raise asking.no_picture()
            name = asking.reading(self._config, picture, "upload", annotator)
            settings = settings_of_map(options)
            drawn = asking.control_map(picture, name, self._engine.info.size, settings)
        except InferenceError as error:
            raise _refusal(error) from error
        return str(saved(drawn, {"prompt": f"control map {name}"}, self._made))

    def info(self) -> dict[str, Any]:
        """The model, its size, samplers, defaults and ControlNets."""
        return asdict(self._engine.info)

    def _answer(
        self, update: Any, request: GenerationRequest
    ) -> tuple[list[str] | None, dict[str, Any]]:
        if isinstance(update, Queued):
            return None, {
                "step": 0,
                "steps": request.steps,
                "seconds_left": update.seconds,
                "position": update.position,
                "waiting": update.waiting,
            }
        if not isinstance(update, Result):
            return None, {
                "step": update.step,
                "steps": update.steps,
                "seconds_left": update.seconds_left,
            }
        paths = [
            str(saved(image, parameters, self._made, request=request))
            for image, parameters in zip(update.images, update.parameters, strict=True)
        ]
        return paths, {
            "seeds": list(update.seeds),
            "seconds": round(update.seconds, 4),
            "compile_seconds": round(update.compile_seconds, 4),
            "steps": update.steps,
            "sampler": update.sampler,
            "notices": [*self._engine.info.notices, *update.notices],
            "parameters": list(update.parameters),
        }
