"""ControlNet strength calibration: how strongly it acts at scale 1.

    python -m training.evaluation.strength --model runs/plain --data icons

asks for drawings that the model was trained on, at scales from 1 up, and prints how well they are
followed. A ControlNet that is young, or that few steps are to obey, does better above 1, much as
words do with guidance above 1; and it costs no evaluation. What is found to be best is made scale 1
when it is packaged (`training.embedded.package --strength canny=1.5`).
"""

import argparse
import functools
import sys
from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np

from inference.models.controlnet import ZEROED
from inference.pipeline import Pipeline
from inference.request import Control
from training.data import dataset
from training.errors import exit_code
from training.evaluation import trials
from training.evaluation.trials import Pictures, Settings, control
from training.evaluation.wishes import Wish, wishes_for
from training.loop.checkpoint import Params

SCALES = (1.0, 1.25, 1.5, 1.75, 2.0)


def strengthened(controlnet: Params, factor: float) -> Params:
    """The parameters whose residuals are `factor` times as large, whatever the input."""
    return {
        name: jax.tree.map(lambda leaf: leaf * np.float32(factor), tree)
        if name.startswith(ZEROED)
        else tree
        for name, tree in controlnet.items()
    }


def followed(name: str, wishes: Sequence[Wish], pictures: Pictures) -> float:
    """How well pictures follow maps of this kind: F1 of edges, of outlines, 1 − difference."""
    if name == "palette":
        return 1.0 - trials.palette_difference([wish.map for wish in wishes], pictures)
    score = trials.outline_f1 if name == "scribble" else trials.mean_f1
    return score(wishes, pictures)


def table(pipeline: Pipeline, data: dataset.Dataset, *, count: int) -> list[str]:
    """A line for each ControlNet and scale."""
    lines = []
    for name in sorted(pipeline.info.controls):
        wishes = wishes_for(data, count=count, control=name)
        if name == "palette":
            wishes = trials.uncoloured(wishes)
        for scale in SCALES:
            ask = functools.partial(_ask, name, scale)
            pictures = trials.answers(pipeline, wishes, Settings(), ask)
            line = f"{name:<10}{scale:<6g}followed {followed(name, wishes, pictures):.3f}"
            if name != "palette":
                line += f"   colour right {trials.colour_right(wishes, pictures):.1%}"
            lines.append(line)
    return lines


def _ask(name: str, scale: float, wish: Wish) -> list[Control]:
    return [control(name, wish.map, scale)]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluation.strength",
        description="Measure how strongly ControlNets had best act, on drawings of training.",
    )
    parser.add_argument("--model", required=True, help="folder or Hub repository")
    parser.add_argument("--data", type=Path, required=True, help="image folder")
    parser.add_argument("--count", type=int, default=96, help="drawings")
    options = parser.parse_args(argv)

    def command() -> None:
        pipeline = Pipeline.load(options.model)
        data = dataset.load(options.data, split="train")
        print("\n".join(table(pipeline, data, count=options.count)))

    return exit_code(command)


if __name__ == "__main__":
    sys.exit(main())
