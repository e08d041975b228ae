"""The guided step of Stable Diffusion 1.5 with a ControlNet, as XLA compiles it for a TPU v4-8."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.bench.environments import compile_for_tpu, old_flax
from tests.bench.models import SD15
from tests.bench.report import Report

TAKES = "about 20 minutes on two idle cores, and 1.7 GB in .cache/bench the first time"

FLOPS_PER_SECOND = 275e12
"""Of a v4 chip, in bfloat16."""

CYCLES_PER_SECOND = 1.05e9

Cost = dict[str, Any]
"""The fields of `tests.bench.v4_8.Cost`."""


def bench() -> Report:
    ours = compile_for_tpu(Path(sys.executable), "tests.bench.tpu_ours")
    old = compile_for_tpu(old_flax(), "tests.bench.tpu_old")["step"]
    control = in_turn(ours["controlnet"], ours["added"])
    both = in_turn(control, ours["unet"])
    kinds = [
        (kind, _ms(both["kinds"].get(kind, 0)), _ms(old["kinds"].get(kind, 0)))
        for kind in sorted({*both["kinds"], *old["kinds"]})
    ]
    return Report(
        title=f"One guided step with a ControlNet, {SD15.name}, bfloat16, batch 1, for each of the "
        "4 devices of a TPU v4-8, as the compiler estimates it",
        columns=("", "ms", "kernels", "GB of HBM", "TFLOP", "GB temporary", "GB arguments"),
        rows=(
            ("ours: ControlNet", *_cells(control)),
            ("ours: UNet, guidance, sampler", *_cells(ours["unet"])),
            ("ours: the step", *_cells(both)),
            ("old Flax code: the step", *_cells(old)),
            ("ours / old", *_ratios(both, old)),
        ),
        notes=(
            "Milliseconds: the cycles that the compiler estimates for each instruction, added up,",
            f"at {CYCLES_PER_SECOND / 1e9:g} GHz; attention kernels have no estimate, and come on",
            "top. HBM: what is read and written there, not on the chip. Flops include those in",
            f"kernels; at the chip's peak ours would take {_peak(both):.1f} ms.",
            *(f"ms of {kind}: ours {mine:.1f}, old {theirs:.1f}" for kind, mine, theirs in kinds),
        ),
    )


def in_turn(first: Cost, second: Cost) -> Cost:
    """Two programs, one after the other. Temporaries share memory; the few megabytes of arguments
    that both are given are counted twice.
    """
    added = {name: first[name] + second[name] for name in first if name != "kinds"}
    kinds = Counter(first["kinds"]) + Counter(second["kinds"])
    temporary = max(first["temporary"], second["temporary"])
    return {**added, "temporary": temporary, "kinds": dict(kinds)}


def _ms(cycles: float) -> float:
    return 1000 * cycles / CYCLES_PER_SECOND


def _peak(cost: Cost) -> float:
    return 1000 * cost["flops"] / FLOPS_PER_SECOND


def _figures(cost: Cost) -> tuple[float, ...]:
    sizes = (cost[name] / 1e9 for name in ("temporary", "arguments"))
    return (_ms(cost["cycles"]), cost["hbm"] / 1e9, cost["flops"] / 1e12, *sizes)


def _cells(cost: Cost) -> list[str]:
    milliseconds, *rest = _figures(cost)
    return [f"{milliseconds:.1f}", str(cost["kernels"]), *(f"{figure:.2f}" for figure in rest)]


def _ratios(new: Cost, old: Cost) -> list[str]:
    milliseconds, *rest = (
        f"{a / b:.2f}" for a, b in zip(_figures(new), _figures(old), strict=True)
    )
    return [milliseconds, "", *rest]
