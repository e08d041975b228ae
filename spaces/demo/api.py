"""The named endpoints: /generate, /control_map and /info, for programs."""

from collections.abc import Generator
from dataclasses import asdict
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from inference.controls.annotators import ANNOTATORS
from inference.engine import Engine
from inference.errors import InferenceError
from inference.request import MAX_IMAGES, MAX_STEPS, GenerationRequest, Result
from spaces.demo import requests as asking
from spaces.demo.config import DemoConfig
from spaces.demo.pictures import saved


def add_endpoints(config: DemoConfig, engine: Engine, *, queue: str) -> None:
    """Adds them to the Blocks that are being built; `queue` is the engine's concurrency id."""
    endpoints = _Endpoints(config, engine)
    defaults = engine.info.defaults
    with gr.Group(visible=False):
        picture = _file("The picture, as a file; it becomes the control map")
        how = gr.Textbox(
            asking.AUTOMATIC,
            label=f"How the picture is read: {asking.AUTOMATIC}, {', '.join(ANNOTATORS)}",
        )
        inputs = [
            gr.Textbox(label="What the picture shows"),
            picture,
            gr.Textbox("", label="What should not be in it"),
            gr.Number(0, label="Seed, a whole number from 0"),
            gr.Number(1, label=f"Number of pictures, 1 to {MAX_IMAGES}"),
            gr.Number(defaults.steps, label=f"Steps, 1 to {MAX_STEPS}"),
            gr.Textbox(defaults.sampler, label=f"Sampler: {', '.join(engine.info.samplers)}"),
            gr.Number(defaults.guidance_scale, label=GUIDANCE),
            gr.Number(1.0, label="Strength of the control map, 0 to 2"),
            gr.Number(0.0, label="Where in the steps the control map begins to act, 0 to 1"),
            gr.Number(1.0, label="Where it ends, 0 to 1"),
            how,
            _own_or("Karras spacing of the steps"),
            _own_or("Noise levels rescaled to end in pure noise (zero terminal SNR)"),
            gr.Textbox(
                asking.AUTOMATIC,
                label="Which ControlNet the map leads: "
                + ", ".join((asking.AUTOMATIC, *engine.info.controls)),
            ),
        ]
        if config.colours is not None:
            inputs.append(gr.Number(0.0, label="Strength of the picture's colours, 0 to 2"))
        pictures = gr.File(
            label="PNG files, each with its parameters inside", file_count="multiple"
        )
        facts = gr.JSON(label="Progress while it works; then seeds, seconds, notices")
        drawn = gr.File(label="The control map, a PNG file")
        able = gr.JSON(label="What this Space can do")
        trigger = gr.Button()
    trigger.click(
        endpoints.generate,
        inputs,
        [pictures, facts],
        api_name="generate",
        concurrency_id=queue,
        concurrency_limit=1,
    )
    trigger.click(
        endpoints.control_map, [picture, how], drawn, api_name="control_map", concurrency_limit=4
    )
    trigger.click(endpoints.info, None, able, api_name="info", queue=False)


GUIDANCE = "How closely to follow the words, 0 to 30; 1 and less is off, as few-step models want it"


def _file(label: str) -> gr.File:
    """A field for a file. Gradio's leaves an empty one behind for each that it is given."""
    field = gr.File(label=label)
    field.preprocess = lambda payload: payload.path if isinstance(payload, FileData) else None
    return field


def _own_or(label: str) -> gr.Textbox:
    words = f"{asking.YES}, {asking.NO}, or {asking.AUTOMATIC}: as the model does"
    return gr.Textbox(asking.AUTOMATIC, label=f"{label}: {words}")


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
        negative_prompt: str = "",
        seed: float = 0,
        num_images: float = 1,
        steps: float | None = None,
        sampler: str | None = None,
        guidance_scale: float | None = None,
        control_scale: float = 1.0,
        control_start: float = 0.0,
        control_end: float = 1.0,
        annotator: str = asking.AUTOMATIC,
        karras: str = asking.AUTOMATIC,
        zero_snr: str = asking.AUTOMATIC,
        control: str = asking.AUTOMATIC,
        colour_scale: float = 0.0,
    ) -> Generator[tuple[list[str] | None, dict[str, Any]], None, None]:
        """Makes pictures from a prompt and a picture; sends progress until they are done."""
        try:
            request = asking.make_request(
                self._config,
                self._engine.info,
                picture=picture,
                origin="upload",
                annotator=annotator,
                control=control,
                prompt=prompt,
                negative_prompt=negative_prompt,
                seed=seed,
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
            ).model_copy(update={"preview_every": 0})
            updates = self._engine.generate(request)
            try:
                for update in updates:
                    yield _answer(update, request, self._engine.info.notices)
            finally:
                updates.close()
        except InferenceError as error:
            raise _refusal(error) from error

    def control_map(self, picture: str | None, annotator: str = asking.AUTOMATIC) -> str:
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
