"""Measuring a model: does it obey the words, does it obey the drawing, is it quick.

    python -m training.evaluate --model embedded --data icons --out report

asks for held-out objects in each of the eight colours by turns, each with the control map of the
drawing that it was held out with, and so on as `measure()` says, at the model's default settings
and the seeds 0, 1, 2, … It measures what the model can do: without a palette ControlNet, say,
there are no figures of palettes.
"""

import argparse
import inspect
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from inference.pipeline import Pipeline
from inference.request import GenerationRequest, Result
from training import dataset, style_judge, trials
from training.contact_sheet import contact_sheet
from training.controls import plain
from training.dataset import Dataset
from training.errors import UnusableDataset, exit_code
from training.held_out import require_apart
from training.trials import Settings, answers, control
from training.wishes import Wish, held_out_wishes, sheet, wanted

SCALES = (1.0, 0.5, 0.0)
SHEET_SEEDS = range(24)

BARS = {
    "edge_f1 at 1": "at least 0.80, goal 0.90",
    "other_drawings edge_f1 at 1": "at least 0.80, goal 0.90",
    "rough edge_f1 at 1": "at least 0.80",
    "colour_right": "at least 90 %, goal 95 %",
    "style_right": "at least 90 %",
    "few edge_f1": "at least 0.75",
    "few colour_right": "at least 85 %",
    "few seconds": "at most 0.25 s on two CPU cores, goal 0.12 s",
}
"""What the figures are to come to."""


@dataclass(frozen=True)
class Config:
    """Evaluate a model on held-out icons and on other drawings of held-out objects.

    Command: python -m training.evaluate --model embedded --data icons --out report
    Time: about ten minutes on two CPU cores.
    Result: a table; with --json one object; with --out also report.json and contact sheets:
    held-out.png, rough.png, other.png, seeds.png (seeds 0 to 23) and common.png, the most common
    held-in objects from words alone, with common.txt as its key.
    """

    data: Path
    model: str = "embedded"
    few_model: str | None = None
    judge: Path | None = None
    out: Path | None = None
    count: int = 96
    common: int = 200
    timed: int = 5
    steps: int | None = None
    guidance_scale: float | None = None
    sampler: str | None = None

    @property
    def settings(self) -> Settings:
        return Settings(self.steps, self.guidance_scale, self.sampler)


@dataclass(frozen=True)
class Evaluation:
    """Figures by name, in the order of the table, and sheets by file name."""

    figures: dict[str, Any]
    sheets: dict[str, UInt8[np.ndarray, "H W 3"]]
    common: Sequence[str]


def seconds_alone(pipeline: Pipeline, requests: Sequence[GenerationRequest]) -> float:
    """The median time of one picture, made by itself, after warm-up."""
    pipeline.warm_up()
    seconds = []
    for one in requests:
        for update in pipeline.generate(one):
            if isinstance(update, Result):
                seconds.append(update.seconds)
    return statistics.median(seconds)


def evaluate(config: Config) -> Evaluation:
    """Everything that this model can be measured on. Raises UnusableDataset, CheckpointError."""
    held_out = dataset.load(config.data, split="held_out")
    train = dataset.load(config.data, split="train")
    require_apart(train, held_out)
    pipeline = Pipeline.load(config.model)
    wishes = held_out_wishes(held_out, count=config.count)
    evaluation = measure(pipeline, wishes, held_out, train, config)
    if config.few_model is not None:
        evaluation.figures.update(few_steps(config.few_model, wishes, config, evaluation.sheets))
    return evaluation


def measure(
    pipeline: Pipeline,
    wishes: list[Wish],
    held_out: Dataset,
    train: Dataset,
    config: Config,
) -> Evaluation:
    """The figures of the model at its own settings."""
    controls, settings = pipeline.info.controls, config.settings
    figures: dict[str, Any] = {"model": config.model, "pictures": len(wishes)}
    sheets: dict[str, UInt8[np.ndarray, "H W 3"]] = {}
    objects = [_object_of(wish) for wish in wishes]

    def canny_at(scale: float):
        return lambda wish: [control("canny", wish.map, scale)]

    if "canny" in controls:
        for scale in SCALES:
            pictures = answers(pipeline, wishes, settings, canny_at(scale))
            figures[f"edge_f1 at {scale:g}"] = trials.mean_f1(wishes, pictures)
            if scale == 1.0:
                figures["colour_right"] = trials.colour_right(wishes, pictures)
                figures["colours"] = trials.colour_shares(wishes, pictures)
                sheets["held-out.png"] = sheet(wishes, np.stack(pictures))

        rough = trials.roughened(wishes)
        pictures = answers(pipeline, rough, settings, canny_at(1.0))
        figures["rough edge_f1 at 1"] = trials.mean_f1(rough, pictures)
        sheets["rough.png"] = sheet(rough, np.stack(pictures))

        others = _other_wishes(config, train)
        for scale in SCALES if others else ():
            pictures = answers(pipeline, others, settings, canny_at(scale))
            figures[f"other_drawings edge_f1 at {scale:g}"] = trials.mean_f1(others, pictures)
            if scale == 1.0:
                sheets["other.png"] = sheet(others, np.stack(pictures))

        two, pairs = trials.in_two_colours(wishes, objects)
        pictures = answers(pipeline, two, settings, canny_at(1.0))
        figures["two_colours_right"] = trials.both_colours(pairs, pictures)
        sheets["two-colours.png"] = sheet(two, np.stack(pictures))
        sheets["seeds.png"] = seeds_sheet(pipeline, wishes[:: max(1, len(wishes) // 8)], settings)

    if "scribble" in controls:
        drawn = held_out_wishes(held_out, count=config.count, control="scribble")
        pictures = answers(pipeline, drawn, settings, lambda w: [control("scribble", w.map)])
        figures["scribble outline_f1"] = trials.outline_f1(drawn, pictures)
        figures["scribble colour_right"] = trials.colour_right(drawn, pictures)
        sheets["scribble.png"] = sheet(drawn, np.stack(pictures))

    if "palette" in controls:
        drawn = held_out_wishes(held_out, count=config.count, control="palette")
        palettes = [wish.map for wish in drawn]
        pictures = answers(pipeline, drawn, settings, lambda w: [control("palette", w.map)])
        figures["palette difference"] = trials.palette_difference(palettes, pictures)
        sheets["palette.png"] = sheet(drawn, np.stack(pictures))
        if "canny" in controls:
            pictures = answers(
                pipeline,
                drawn,
                settings,
                lambda w: [
                    control("canny", np.repeat(w.edges[..., None], 3, axis=-1)),
                    control("palette", w.map),
                ],
            )
            figures["edges and palette: edge_f1"] = trials.mean_f1(drawn, pictures)
            figures["edges and palette: difference"] = trials.palette_difference(
                palettes, pictures
            )
            sheets["edges-and-palette.png"] = sheet(drawn, np.stack(pictures))

    styles = sorted(set(train.styles) - {""}) or [""]
    common = trials.common_objects(train, count=config.common)
    spoken = trials.from_words(common, styles, held_out.maps[0])
    pictures = answers(pipeline, spoken, settings, lambda _: [])
    sheets["common.png"] = contact_sheet(pictures, columns=20)
    if config.judge is not None:
        judge = style_judge.load(config.judge)
        asked = [styles[i % len(styles)] for i in range(len(spoken))]
        by_word = trials.style_right(judge(pictures), asked)
        figures["style_right"] = float(np.mean(list(by_word.values())))
        figures["styles"] = by_word
        if "canny" in controls:
            asked = [styles[i % len(styles)] for i in range(len(wishes))]
            restyled = trials.restyled(wishes, objects, asked)
            pictures = answers(pipeline, restyled, settings, canny_at(1.0))
            by_word = trials.style_right(judge(pictures), asked)
            figures["style_right with edges"] = float(np.mean(list(by_word.values())))
        figures["style judge's accuracy on held-out icons"] = judge.report.accuracy

    timed = [
        trials.request(w, i, settings, controls=canny_at(1.0)(w) if "canny" in controls else ())
        for i, w in enumerate(wishes[: config.timed])
    ]
    figures["seconds"] = seconds_alone(pipeline, timed)
    return Evaluation(figures, sheets, common)


def few_steps(
    model: str,
    wishes: list[Wish],
    config: Config,
    sheets: dict[str, UInt8[np.ndarray, "H W 3"]],
) -> dict[str, Any]:
    """The figures of the few-step model at its own settings; its sheet is put among `sheets`."""
    pipeline = Pipeline.load(model)
    shown = ["canny"] if "canny" in pipeline.info.controls else []

    def controls(wish: Wish):
        return [control(name, wish.map) for name in shown]

    pictures = answers(pipeline, wishes, Settings(), controls)
    sheets["few-steps.png"] = sheet(wishes, np.stack(pictures))
    timed = [
        trials.request(w, i, Settings(), controls=controls(w))
        for i, w in enumerate(wishes[: config.timed])
    ]
    return {
        "few steps": pipeline.info.defaults.steps,
        "few edge_f1": trials.mean_f1(wishes, pictures),
        "few colour_right": trials.colour_right(wishes, pictures),
        "few seconds": seconds_alone(pipeline, timed),
    }


def seeds_sheet(
    pipeline: Pipeline, wishes: Sequence[Wish], settings: Settings
) -> UInt8[np.ndarray, "H W 3"]:
    """A row for each wish: seeds 0 to 23, none left out."""
    requests = [
        trials.request(wish, seed, settings, controls=[control("canny", wish.map)])
        for wish in wishes
        for seed in SHEET_SEEDS
    ]
    pictures = [np.asarray(r.images[0]) for r in trials.paint(pipeline, requests)]
    return contact_sheet(pictures, columns=len(SHEET_SEEDS))


def _other_wishes(config: Config, train: Dataset) -> list[Wish]:
    """Held-out objects as sets draw them that no picture of training came from, if there are."""
    try:
        others = dataset.load(config.data, split="other")
    except UnusableDataset:
        return []
    require_apart(train, others)
    return held_out_wishes(others, count=config.count)


def write(config: Config) -> Evaluation:
    """Evaluate, and put what came of it into `config.out`."""
    evaluation = evaluate(config)
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        for name, picture in evaluation.sheets.items():
            Image.fromarray(picture).save(config.out / name)
        numbered = [f"{i + 1}. {name}" for i, name in enumerate(evaluation.common)]
        (config.out / "common.txt").write_text("\n".join(numbered) + "\n")
        (config.out / "report.json").write_text(json.dumps(evaluation.figures, indent=2) + "\n")
    return evaluation


def table(figures: dict[str, Any]) -> str:
    """The figures for people, the bars beside them."""
    lines = []
    for name, value in figures.items():
        if isinstance(value, dict):
            lines += [f"  {word:<40}{share:.0%}" for word, share in value.items()]
            continue
        shown = _shown(name, value)
        bar = f"   ({BARS[name]})" if name in BARS else ""
        lines.append(f"{name:<42}{shown}{bar}")
    return "\n".join(lines)


def _shown(name: str, value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    if name.endswith("seconds"):
        return f"{value:.2f} s"
    return f"{value:.1%}" if "right" in name or "accuracy" in name else f"{value:.3f}"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluate",
        description=inspect.getdoc(Config),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="image folder")
    parser.add_argument("--model", default=Config.model, help="folder, Hub repository or embedded")
    parser.add_argument("--few-model", help="the same for the few-step model")
    parser.add_argument("--judge", type=Path, help="run of training.style_judge")
    parser.add_argument("--out", type=Path, help="folder for report.json and the sheets")
    parser.add_argument("--count", type=int, default=Config.count, help="held-out drawings")
    parser.add_argument("--common", type=int, default=Config.common, help="objects from words")
    parser.add_argument("--timed", type=int, default=Config.timed, help="pictures to time")
    parser.add_argument("--steps", type=int, default=Config.steps)
    parser.add_argument("--guidance-scale", type=float, default=Config.guidance_scale)
    parser.add_argument("--sampler", default=Config.sampler)
    parser.add_argument("--json", action="store_true", help="print one object")
    options = vars(parser.parse_args(argv))
    as_json = options.pop("json")

    def command() -> None:
        figures = write(Config(**options)).figures
        print(json.dumps(figures) if as_json else table(figures))

    return exit_code(command)


if __name__ == "__main__":
    sys.exit(main())
