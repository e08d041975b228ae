"""Our guided step beside that of diffusers 0.39's Flax pipeline: same weights, same CPU."""

import statistics
import sys
from pathlib import Path

import numpy as np

from tests.bench import environments
from tests.bench.models import SMALL
from tests.bench.report import Report
from tests.bench.turns import Player

TAKES = "a minute or two, and 1 GB in .cache/bench the first time"


def bench(*, runs: int) -> Report:
    """`runs` of each, alternating, after one that compiles."""
    with (
        Player(Path(sys.executable), "tests.bench.cpu_ours") as ours,
        Player(environments.old_flax(), "tests.bench.cpu_old") as old,
    ):
        times = np.array([(ours.seconds(), old.seconds()) for _ in range(runs)])
    differ = np.abs(ours.result - old.result).max() / np.abs(old.result).max()
    new_median, old_median = (statistics.median(column) for column in times.T)
    return Report(
        title=f"One guided step with a ControlNet, {SMALL.name}, float32, batch 1, this CPU",
        columns=("", "median ms", "fastest ms"),
        rows=(
            ("ours", *_milliseconds(new_median, times[:, 0].min())),
            ("old Flax code", *_milliseconds(old_median, times[:, 1].min())),
            (
                "ours / old",
                f"{new_median / old_median:.2f}",
                f"{times[:, 0].min() / times[:, 1].min():.2f}",
            ),
        ),
        notes=(
            f"{runs} runs of each, in turns. With the same random weights and inputs, the latents",
            f"after the step differ by at most {differ:.1e} of the largest.",
        ),
    )


def _milliseconds(*seconds: float) -> list[str]:
    return [f"{1000 * value:.1f}" for value in seconds]
