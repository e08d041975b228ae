"""Measuring a model: does it obey the words, does it obey the drawing, is it quick.

    python -m training.evaluate --model embedded --data icons --out report

asks for held-out objects in each of the eight colours by turns, each with the control map of the
drawing that it was held out with, and so on as `evaluate()` says, at the model's default settings
and the seeds 0, 1, 2, … It measures what the model can do: without a palette ControlNet, say,
there are no figures of palettes.
"""

import argparse
import functools
import inspect
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from inference.checkpoints import load_bundle
from inference.pipeline import Pipeline
from training.data import dataset
from training.data.dataset import Dataset
from training.data.held_out import require_apart
from training.data.styles import LOOKS
from training.enlarging.figures import measure_upscaler
from training.errors import UnusableDataset, exit_code
from training.evaluation import style_judge, trials
from training.evaluation.measure import SCALES, Ask, Evaluation, Measure
from training.evaluation.trials import Settings, control
from training.evaluation.wishes import Wish, wishes_for

BARS = {
    "held-out edge_f1 at 1": "at least 0.80, goal 0.90",
    "other-drawings edge_f1 at 1": "at least 0.80, goal 0.90",
    "rough edge_f1 at 1": "at least 0.80",
    "held-out colour_right": "at least 90 %, goal 95 %",
    "words alone style_right": "at least 90 %",
    "with edges style_right": "at least 90 %",
    "seconds": "at most 0.25 s on two CPU cores, goal 0.12 s",
    "crisp psnr over Lanczos": "at least 2 dB",
    "crisp ssim over Lanczos": "above 0",
    "crisp steepness": "at least 2.0 times Lanczos's",
    "crisp colour_shift": "under 1",
    "crisp edge_f1 less": "at most 0.005",
    "crisp colour_right less": "at most 0.005",
    "crisp style_right less": "at most 0.005",
    "crisp milliseconds": "at most 15 on two CPU cores",
}
"""What the figures are to come to."""


@dataclass(frozen=True)
class Config:
    """Evaluate a model on held-out icons and on other drawings of held-out objects.

    Command: python -m training.evaluate --model embedded --data icons --out report
    Time: about ten minutes on two CPU cores.
    Result: a table; with --json one object; with --out also report.json and contact sheets:
    held-out.png, rough.png, other-drawings.png and so on, each with its worst pictures by
    themselves (held-out-failures.png), seeds.png (seeds 0 to 23), and common.png, the most common
    held-in objects from words alone, with common.txt as its key.
    """

    data: Path
    model: str = "embedded"
    compared: str | None = None
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


def evaluate(config: Config) -> Evaluation:
    """Everything that this model can be measured on. Raises UnusableDataset, CheckpointError."""
    train = dataset.load(config.data, split="train")
    held_out = dataset.load(config.data, split="held_out")
    require_apart(train, held_out)
    wishes = wishes_for(held_out, count=config.count)
    pipeline = Pipeline.load(config.model)
    steps = config.steps or pipeline.info.defaults.steps
    found = Evaluation({"model": config.model, "steps": steps, "pictures": len(wishes)})
    measure = Measure(pipeline, config.settings, found)

    spoken = measure.words_alone(train, LOOKS, count=config.common)
    to_judge: dict[str, tuple[list[Wish], Ask]] = {"words alone": (spoken, lambda _: [])}
    if measure.can("canny"):
        measure.edges("held-out", wishes, scales=SCALES)
        measure.edges("rough", trials.roughened(wishes), scales=SCALES[:1])
        if others := _other_wishes(config, train):
            measure.edges("other-drawings", others, scales=SCALES)
        measure.two_colours(wishes)
        measure.seeds(wishes[:: max(1, len(wishes) // 8)][:8])
        to_judge["with edges"] = (
            trials.restyled(wishes, LOOKS),
            lambda wish: [control("canny", wish.map)],
        )
    if measure.can("scribble"):
        measure.scribble(held_out, count=config.count)
    if measure.can("palette"):
        measure.palette(held_out, count=config.count)
    judge = None
    if set(LOOKS) <= set(train.styles) & set(held_out.styles):
        through = functools.partial(style_judge.autoencoded, load_bundle(config.model))
        judge = style_judge.fit(train, held_out, through)
        measure.styles(judge, to_judge)
    measure.seconds("seconds", wishes[: config.timed])
    if pipeline.info.upscales[-1] > 1:
        measure_upscaler(
            pipeline, held_out, config.data, count=config.count, judge=judge, found=found
        )

    if config.compared is not None:
        other = Measure(Pipeline.load(config.compared), Settings(), found)
        other.edges("compared", wishes, scales=SCALES[:1])
        other.seconds("compared seconds", wishes[: config.timed])
    return found


def _other_wishes(config: Config, train: Dataset) -> list[Wish]:
    """Held-out objects as sets draw them that no picture of training came from, if there are."""
    try:
        others = dataset.load(config.data, split="other")
    except UnusableDataset:
        return []
    require_apart(train, others)
    return wishes_for(others, count=config.count)


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
    if name.endswith(" milliseconds"):
        return f"{value:.1f} ms"
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
    parser.add_argument("--compared", help="the same for a model to stand beside it")
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
