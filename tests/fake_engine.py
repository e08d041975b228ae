"""An engine that paints: each picture can be worked out by hand from the request.

The picture is one flat colour, `colour_of(seed)`, with the control map's lines in white on it.
Before step n of N is done, the preview is that colour mixed with grey in the proportion n : N - n.
"""

import threading
import time
from collections.abc import Generator
from typing import Any

import numpy as np
from PIL import Image

from inference.controls.annotators import described
from inference.errors import InvalidRequest, shown
from inference.images import fit
from inference.request import (
    Control,
    Defaults,
    EngineInfo,
    GenerationRequest,
    Progress,
    Result,
    Update,
)

GREY = (128, 128, 128)
KEPT_CHARACTERS = 200


def colour_of(seed: int) -> tuple[int, int, int]:
    """Seed 0 is (40, 90, 140); the next seeds are far from it and from each other."""
    return (40 + seed * 67 % 160, 90 + seed * 31 % 160, 140 + seed * 97 % 110)


def painting(seed: int, control_map: Image.Image | None, size: tuple[int, int]) -> Image.Image:
    """The finished picture of a seed: white where the control map is bright."""
    picture = Image.new("RGB", size, colour_of(seed))
    if control_map is not None:
        lines = fit(control_map, *size).convert("L").point(lambda value: 255 * (value > 127))
        picture.paste((255, 255, 255), mask=lines)
    return picture


class FakeEngine:
    """Takes `seconds_per_step`; `cancelled` counts what was closed before its end."""

    def __init__(
        self,
        *,
        seconds_per_step: float = 0.0,
        size: tuple[int, int] = (64, 64),
        controls: tuple[str, ...] = ("canny",),
        notices: tuple[str, ...] = (),
        most_steps: dict[str, int] | None = None,
        upscales: tuple[int, ...] = (1,),
    ) -> None:
        self.seconds_per_step = seconds_per_step
        self.cancelled = 0
        self.finished = 0
        self.requests: list[GenerationRequest] = []
        self.running = threading.Event()
        self.info = EngineInfo(
            model="painted",
            device="brush",
            size=size,
            size_multiple=8,
            controls=controls,
            samplers={"dpmpp_2m": "DPM++ 2M", "euler": "Euler", "ddim": "DDIM"},
            defaults=Defaults(
                sampler="dpmpp_2m", steps=6, guidance_scale=3.0, upscale=upscales[-1]
            ),
            notices=notices,
            most_steps=most_steps or {},
            upscales=upscales,
        )

    def generate(
        self, request: GenerationRequest, *, client: str = ""
    ) -> Generator[Update, None, None]:
        self._check(request)
        self.requests.append(request)
        steps = request.steps or self.info.defaults.steps
        self.running.set()
        started = time.perf_counter()
        done = False
        try:
            for step in range(1, steps + 1):
                time.sleep(self.seconds_per_step)
                wanted = request.preview_every and step % request.preview_every == 0
                yield Progress(
                    step=step,
                    steps=steps,
                    seconds_left=(steps - step) * self.seconds_per_step,
                    previews=self._previews(request, step / steps) if wanted else (),
                )
            done = True
            self.finished += 1
            yield self._result(request, steps, time.perf_counter() - started)
        finally:
            self.cancelled += not done
            self.running.clear()

    def _check(self, request: GenerationRequest) -> None:
        if request.sampler is not None and request.sampler not in self.info.samplers:
            raise InvalidRequest(
                f"sampler must be one of {', '.join(self.info.samplers)}, got "
                f"{shown(request.sampler)}; choose one of them",
                field="sampler",
            )
        for control in request.controls:
            if control.name not in self.info.controls:
                raise InvalidRequest(
                    f"control must be one of {', '.join(self.info.controls)}, got "
                    f"{shown(control.name)}; choose one of them",
                    field="control",
                )

    def _paintings(self, request: GenerationRequest) -> list[Image.Image]:
        drawn = next((control.map for control in request.controls if control.scale > 0), None)
        return [
            painting(request.seed + index, drawn, self.info.size)
            for index in range(request.num_images)
        ]

    def _previews(self, request: GenerationRequest, done: float) -> tuple[Image.Image, ...]:
        blank = Image.new("RGB", self.info.size, GREY)
        return tuple(Image.blend(blank, picture, done) for picture in self._paintings(request))

    def _size(self, request: GenerationRequest) -> tuple[int, int]:
        times = request.upscale or self.info.defaults.upscale
        return times * self.info.size[0], times * self.info.size[1]

    def _parameters(self, request: GenerationRequest) -> dict[str, Any]:
        scale = request.guidance_scale
        return {
            "model": self.info.model,
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "guidance_scale": self.info.defaults.guidance_scale if scale is None else scale,
            "width": self.info.size[0],
            "height": self.info.size[1],
            **({"upscale": request.upscale} if request.upscale else {}),
            "controls": [
                {
                    **control.model_dump(exclude={"map", "settings"}),
                    **({} if control.annotator is None else _read_by(control)),
                }
                for control in request.controls
            ],
        }

    def _result(self, request: GenerationRequest, steps: int, seconds: float) -> Result:
        seeds = tuple(request.seed + index for index in range(request.num_images))
        sampler = request.sampler or self.info.defaults.sampler
        cut = request.prompt[KEPT_CHARACTERS:]
        return Result(
            images=tuple(
                picture.resize(self._size(request)) for picture in self._paintings(request)
            ),
            seeds=seeds,
            parameters=tuple(
                {**self._parameters(request), "seed": seed, "steps": steps, "sampler": sampler}
                for seed in seeds
            ),
            notices=(f"The prompt was cut after {KEPT_CHARACTERS} characters",) if cut else (),
            seconds=seconds,
            compile_seconds=0.0,
            steps=steps,
            sampler=sampler,
        )


def _read_by(control: Control) -> dict[str, Any]:
    return described(control.annotator or "", control.settings)


def mean_colour(image: Image.Image) -> tuple[int, int, int]:
    """The average colour, rounded: what a test compares with `colour_of`."""
    red, green, blue = np.asarray(image.convert("RGB"), np.float64).mean((0, 1)).round()
    return int(red), int(green), int(blue)
