"""The named endpoints: /generate, /control_map and /info, for programs."""

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import asdict
from inspect import Parameter, Signature, signature
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from inference.engine import Engine
from inference.errors import InferenceError
from inference.request import EngineInfo, GenerationRequest, Queued, Result
from spaces.demo import requests as asking
from spaces.demo.config import DemoConfig
from spaces.demo.options import AUTOMATIC, OPTIONS, Option
from spaces.demo.pictures import saved
from spaces.demo.session import visitor_session


def add_endpoints(config: DemoConfig, engine: Engine, *, queue: str) -> None:
    """Adds them to the Blocks that are being built; `queue` is the engine's concurrency id."""
    endpoints = _Endpoints(config, engine)
    offered = {name: one for name, one in OPTIONS.items() if one.is_offered(config)}
    with gr.Group(visible=False):
        picture = _file("The picture, as a file; it becomes the control map")
        fields = {name: option.api_field(engine.info) for name, option in offered.items()}
        inputs = [gr.Textbox(label="What the picture shows"), picture, *fields.values()]
        pictures = gr.File(
            label="PNG files, each with its parameters inside", file_count="multiple"
        )
        facts = gr.JSON(label="Progress while it works; then seeds, seconds, notices")
        drawn = gr.File(label="The control map, a PNG file")
        able = gr.JSON(label="What this Space can do")
        trigger = gr.Button()
    trigger.click(
        _named(endpoints.generate, offered.values(), engine.info),
        inputs,
        [pictures, facts],
        api_name="generate",
        concurrency_id=queue,
        concurrency_limit=1,
    )
    trigger.click(
        endpoints.control_map,
        [picture, fields["annotator"]],
        drawn,
        api_name="control_map",
        concurrency_limit=4,
    )
    trigger.click(endpoints.info, None, able, api_name="info", queue=False)


def _named(
    generate: Callable[..., Generator[Any, None, None]], options: Iterable[Option], info: EngineInfo
) -> Callable[..., Generator[Any, None, None]]:
    """`generate` with a parameter for each option: Gradio tells programs a function's own names."""
    *own, _ = signature(generate).parameters.values()
    named = {option.name: option.default(info) for option in options}

    def generating(*values: Any) -> Generator[Any, None, None]:
        given = dict(zip(named, values[len(own) :], strict=True))
        yield from generate(*values[: len(own)], options=given)

    more = [
        Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=value)
        for name, value in named.items()
    ]
    generating.__doc__ = generate.__doc__
    generating.__signature__ = Signature([*own, *more])  # pyright: ignore[reportFunctionMemberAccess]
    return generating


def _file(label: str) -> gr.File:
    """A field for a file. Gradio's leaves an empty one behind for each that it is given."""
    field = gr.File(label=label)
    field.preprocess = lambda payload: payload.path if isinstance(payload, FileData) else None
    return field


def _refusal(error: InferenceError) -> gr.Error:
    """The sentence for the client, and nothing in the server's log: it is no fault of ours."""
    return gr.Error(str(error), print_exception=False)


class _Endpoints:
    def __init__(self, config: DemoConfig, engine: Engine) -> None:
        self._config = config
        self._engine = engine

    def generate(
        self,
        prompt: str,
        picture: str | None = None,
        *,
        options: Mapping[str, Any],
    ) -> Generator[tuple[list[str] | None, dict[str, Any]], None, None]:
        """Makes pictures from a prompt and a picture; sends progress until they are done."""
        try:
            request = asking.make_request(
                self._config,
                self._engine.info,
                prompt=prompt,
                picture=picture,
                origin="upload",
                options=options,
            ).model_copy(update={"preview_every": 0})
            updates = self._engine.generate(request, client=visitor_session())
            try:
                for update in updates:
                    yield _answer(update, request, self._engine.info.notices)
            finally:
                updates.close()
        except InferenceError as error:
            raise _refusal(error) from error

    def control_map(self, picture: str | None, annotator: str = AUTOMATIC) -> str:
        """The control map that /generate would make of this picture."""
        try:
            if picture is None:
                raise asking.no_picture()
            name = asking.reading(self._config, picture, "upload", annotator)
            drawn = asking.control_map(picture, name, self._engine.info.size)
        except InferenceError as error:
            raise _refusal(error) from error
        return str(saved(drawn, {"prompt": f"control map {name}"}))

    def info(self) -> dict[str, Any]:
        """The model, its size, samplers, defaults and ControlNets."""
        return asdict(self._engine.info)


def _answer(
    update: Any, request: GenerationRequest, notices: tuple[str, ...]
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
        str(saved(image, parameters, request))
        for image, parameters in zip(update.images, update.parameters, strict=True)
    ]
    return paths, {
        "seeds": list(update.seeds),
        "seconds": round(update.seconds, 4),
        "compile_seconds": round(update.compile_seconds, 4),
        "steps": update.steps,
        "sampler": update.sampler,
        "notices": [*notices, *update.notices],
        "parameters": list(update.parameters),
    }
