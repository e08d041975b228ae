"""The guided step of Stable Diffusion 1.5 with a ControlNet, as XLA compiles it for a TPU v4-8."""

import sys
from pathlib import Path
from typing import Any

from tests.bench.environments import compile_for_tpu, old_flax
from tests.bench.models import SD15
from tests.bench.report import Report

TAKES = "about 20 minutes on two idle cores, and 1.7 GB in .cache/bench the first time"

FLOPS_PER_SECOND = 275e12
BYTES_PER_SECOND = 1.2e12
"""A v4 chip, in bfloat16."""

Cost = dict[str, float]
"""The fields of `tests.bench.v4_8.Cost`."""


def bench() -> Report:
    ours = compile_for_tpu(Path(sys.executable), "tests.bench.tpu_ours")
    old = compile_for_tpu(old_flax(), "tests.bench.tpu_old")["step"]
    control = in_turn(ours["controlnet"], ours["added"])
    both = in_turn(control, ours["unet"])
    return Report(
        title=f"One guided step with a ControlNet, {SD15.name}, bfloat16, batch 1, for each of the "
        "4 devices of a TPU v4-8",
        columns=("", "TFLOP", "GB accessed", "GB temporary", "GB arguments", "ms at the least"),
        rows=(
            ("ours: ControlNet", *_cells(control)),
            ("ours: UNet, guidance, sampler", *_cells(ours["unet"])),
            ("ours: the step", *_cells(both)),
            ("old Flax code: the step", *_cells(old)),
            ("ours / old", *_ratios(both, old)),
        ),
        notes=(
            "As XLA's own analysis counts; flops include those inside attention kernels, which it",
            "does not see. At the least: at 275 TFLOP/s and 1.2 TB/s, whichever takes longer.",
        ),
    )


def in_turn(first: Cost, second: Cost) -> Cost:
    """Two programs, one after the other. Temporaries share memory; the few megabytes of arguments
    that both are given are counted twice.
    """
    added = {name: first[name] + second[name] for name in first}
    return {**added, "temporary": max(first["temporary"], second["temporary"])}


def _milliseconds(cost: Cost) -> float:
    return 1000 * max(cost["flops"] / FLOPS_PER_SECOND, cost["accessed"] / BYTES_PER_SECOND)


def _figures(cost: Cost) -> tuple[float, ...]:
    sizes = (cost[name] / 1e9 for name in ("accessed", "temporary", "arguments"))
    return (cost["flops"] / 1e12, *sizes, _milliseconds(cost))


def _cells(cost: Cost) -> list[str]:
    *figures, milliseconds = _figures(cost)
    return [*(f"{figure:.2f}" for figure in figures), f"{milliseconds:.1f}"]


def _ratios(new: Cost, old: Any) -> list[str]:
    return [f"{a / b:.2f}" for a, b in zip(_figures(new), _figures(old), strict=True)]
