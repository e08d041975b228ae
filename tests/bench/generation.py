"""A picture from beginning to end on this machine, at the model's default settings, in parts."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import jax
from PIL import Image, ImageDraw

from inference.devices import Devices
from inference.pipeline import Pipeline
from inference.request import GenerationRequest, Result
from tests.bench.report import Report

TAKES = "about a minute"

PARTS = {
    "_text": "text encoder",
    "_read": "the text's keys and values",
    "_embed": "the map's embedding",
    "_taken": "taking a slot, first noise",
    "_conditioned": "the control's place in it",
    "_run": "ControlNet",
    "_begun": "its residuals in their rows",
    "_denoise": "UNet, guidance, sampler",
    "_pixels": "decoder",
}
"""The programs of `inference.networks`, `controlnets` and `slots`, as they run."""


class TimedDevices(Devices):
    """Waits for every program, and notes under its name how long each call took, in seconds."""

    def __init__(self) -> None:
        super().__init__(jax.local_devices()[:1])
        self.calls: dict[str, list[float]] = defaultdict(list)

    def program(self, function: Callable[..., Any], **told: Any) -> Any:
        program = super().program(function, **told)

        def timed(*arguments: Any) -> Any:
            start = time.perf_counter()
            result = jax.block_until_ready(program(*arguments))
            self.calls[function.__name__].append(time.perf_counter() - start)
            return result

        timed.prepare = program.prepare  # pyright: ignore[reportFunctionMemberAccess]
        return timed


def bench(*, model: str, runs: int) -> Report:
    """`runs` pictures, after one that compiles."""
    devices = TimedDevices()
    start = time.perf_counter()
    pipeline = Pipeline.load(model, devices=devices)
    loading = time.perf_counter() - start
    info = pipeline.info
    pipeline.warm_up()
    seconds, parts = [], []
    for seed in range(runs):
        devices.calls.clear()
        result = _picture(pipeline, seed)
        seconds.append(result.seconds)
        parts.append({name: sum(calls) for name, calls in devices.calls.items()})
    rows = []
    for name, part in PARTS.items():
        if name in devices.calls:
            median = statistics.median(run[name] for run in parts)
            count = len(devices.calls[name])
            rows.append((part, str(count), f"{1000 * median / count:.1f}", f"{median:.3f}"))
    whole = statistics.median(seconds)
    rest = statistics.median(
        total - sum(run.values()) for total, run in zip(seconds, parts, strict=True)
    )
    rows.append(("all else", "", "", f"{rest:.3f}"))
    rows.append(("the picture", "", "", f"{whole:.3f}"))
    width, height = info.size
    control = f" with {info.controls[0]}" if info.controls else ""
    return Report(
        title=f"One {width}×{height} picture{control}: {info.model}, {info.defaults.steps} steps "
        f"of {info.samplers[info.defaults.sampler]}, guidance {info.defaults.guidance_scale:g}, "
        f"on {info.device}",
        columns=("", "calls", "ms each", "seconds"),
        rows=rows,
        notes=(
            f"Medians of {runs} pictures, after warming up.",
            f"The model was loaded in {loading:.1f} s.",
        ),
    )


def _picture(pipeline: Pipeline, seed: int) -> Result:
    controls = [{"name": name, "map": _ring(pipeline.info.size)} for name in pipeline.info.controls]
    request = GenerationRequest(
        prompt="a red apple",
        seed=seed,
        controls=controls[:1],  # pyright: ignore[reportArgumentType]
    )
    *_, result = pipeline.generate(request)
    assert isinstance(result, Result), "the last update is the result"
    return result


def _ring(size: tuple[int, int]) -> Image.Image:
    """A control map: a white ring on black."""
    picture = Image.new("RGB", size)
    width, height = size
    box = (width // 5, height // 5, width - width // 5, height - height // 5)
    ImageDraw.Draw(picture).ellipse(box, outline="white")
    return picture
