"""Measuring a model: does it obey the words, does it obey the drawing, is it quick.

    python -m training.evaluate --model embedded --data icons

asks for held-out objects in each of the eight colours by turns, each with the control map of the
drawing that it was held out with, at the model's default settings and the seeds 0, 1, 2, …
"""

import argparse
import dataclasses
import inspect
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from inference.canny import canny
from inference.devices import SLOTS
from inference.pipeline import Pipeline
from inference.request import Control, GenerationRequest, Result
from training import dataset
from training.colours import HUE_WORDS, name_colours
from training.edges import edge_f1
from training.errors import exit_code
from training.wishes import Wish, held_out_wishes, sheet


@dataclass(frozen=True)
class Config:
    """Evaluate a model on held-out icons.

    Command: python -m training.evaluate --model embedded --data icons
    Time: about three minutes on two CPU cores.
    Result: a table; with --json one object.
    """

    data: Path
    model: str = "embedded"
    control: str = "canny"
    count: int = 96
    timed: int = 5
    steps: int | None = None
    guidance_scale: float | None = None
    control_scale: float = 1.0
    sampler: str | None = None


@dataclass(frozen=True)
class Report:
    """What was measured.

    `colour_right` is the share of pictures whose dominant colour (`training.colours`) is the one
    asked for, `colours` the same for each word. `edge_f1` is the mean of `training.edges.edge_f1`
    between the control map and the canny map of the result, both at the picture's own size.
    `seconds` is the median for one picture alone, after warm-up.
    """

    model: str
    count: int
    steps: int
    sampler: str
    colour_right: float
    colours: dict[str, float]
    edge_f1: float
    seconds: float


def request(wish: Wish, seed: int, config: Config) -> GenerationRequest:
    """The request that a wish amounts to."""
    control = Control(
        name=config.control,
        map=Image.fromarray(wish.edges).convert("RGB"),
        scale=config.control_scale,
    )
    return GenerationRequest(
        prompt=wish.caption,
        seed=seed,
        controls=(control,),
        steps=config.steps,
        guidance_scale=config.guidance_scale,
        sampler=config.sampler,
    )


def paint(pipeline: Pipeline, requests: Sequence[GenerationRequest]) -> list[Result]:
    """The results, in batches as large as the pipeline takes."""
    batches = [requests[i : i + SLOTS[-1]] for i in range(0, len(requests), SLOTS[-1])]
    return [result for batch in batches for result in pipeline.generate_together(batch)]


def seconds_alone(pipeline: Pipeline, requests: Sequence[GenerationRequest]) -> float:
    """The median time of one picture, made by itself."""
    pipeline.warm_up()
    seconds = []
    for one in requests:
        for update in pipeline.generate(one):
            if isinstance(update, Result):
                seconds.append(update.seconds)
    return statistics.median(seconds)


def score(
    wishes: Sequence[Wish], pictures: Sequence[UInt8[np.ndarray, "H W 3"]]
) -> tuple[dict[str, float], float]:
    """For each colour the share of pictures that have it, and the mean edge F1."""
    pairs = list(zip(wishes, pictures, strict=True))
    colours = {}
    for word in HUE_WORDS:
        right = [name_colours(p).dominant == word for w, p in pairs if w.colour == word]
        if right:
            colours[word] = float(np.mean(right))
    f1 = [edge_f1(wish.edges, canny(picture)[..., 0]) for wish, picture in pairs]
    return colours, float(np.mean(f1))


def evaluate(
    config: Config,
) -> tuple[Report, list[Wish], list[UInt8[np.ndarray, "H W 3"]]]:
    """The report, and what it was made from."""
    wishes = held_out_wishes(dataset.load(config.data, split="held_out"), count=config.count)
    pipeline = Pipeline.load(config.model)
    requests = [request(wish, seed, config) for seed, wish in enumerate(wishes)]
    seconds = seconds_alone(pipeline, requests[: config.timed])
    results = paint(pipeline, requests)
    pictures = [np.asarray(result.images[0]) for result in results]
    colours, f1 = score(wishes, pictures)
    counts = [sum(wish.colour == word for wish in wishes) for word in colours]
    report = Report(
        model=config.model,
        count=len(wishes),
        steps=results[0].steps,
        sampler=results[0].sampler,
        colour_right=float(np.average(list(colours.values()), weights=counts)),
        colours=colours,
        edge_f1=f1,
        seconds=seconds,
    )
    return report, wishes, pictures


def table(report: Report) -> str:
    """The report for people, the bars of a first model beside it."""
    lines = [
        f"model           {report.model}",
        f"pictures        {report.count}, {report.steps} steps of {report.sampler}",
        f"colour right    {report.colour_right:.1%}   (at least 85 %)",
        *(f"  {word:<14}{share:.0%}" for word, share in report.colours.items()),
        f"edge F1         {report.edge_f1:.3f}   (at least 0.60)",
        f"one picture     {report.seconds:.2f} s   (at most 2.0 s on two CPU cores)",
    ]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluate",
        description=inspect.getdoc(Config),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="image folder")
    parser.add_argument("--model", default=Config.model, help="folder, Hub repository or embedded")
    parser.add_argument("--control", default=Config.control, help="the ControlNet's name")
    parser.add_argument("--count", type=int, default=Config.count, help="pictures to make")
    parser.add_argument("--timed", type=int, default=Config.timed, help="pictures to time")
    parser.add_argument("--steps", type=int, default=Config.steps)
    parser.add_argument("--guidance-scale", type=float, default=Config.guidance_scale)
    parser.add_argument("--control-scale", type=float, default=Config.control_scale)
    parser.add_argument("--sampler", default=Config.sampler)
    parser.add_argument("--sheet", type=Path, help="write the pictures here, maps above them")
    parser.add_argument("--json", action="store_true", help="print one object")
    options = vars(parser.parse_args(argv))
    as_json, sheet_path = options.pop("json"), options.pop("sheet")

    def command() -> None:
        report, wishes, pictures = evaluate(Config(**options))
        print(json.dumps(dataclasses.asdict(report)) if as_json else table(report))
        if sheet_path is not None:
            Image.fromarray(sheet(wishes, np.stack(pictures))).save(sheet_path)

    return exit_code(command)


if __name__ == "__main__":
    sys.exit(main())
