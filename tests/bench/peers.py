"""Stable Diffusion 1.5 on this CPU beside PyTorch diffusers, in float32 and bfloat16, in turns."""

import statistics
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from tests.bench.report import Report
from tests.bench.turns import Player

TAKES = "half an hour on two idle cores, and 16 GB of memory"

WORKS = {
    "step": "one guided step with a ControlNet, 512×512",
    "decoder": "latents of 64×64 to pixels",
    "self-attention": "of 4096 tokens, 8 heads of 40, two images",
    "cross-attention": "of 4096 tokens to 77, 8 heads of 40, two images",
    "convolution": "3×3, 64×64×320, two images",
    "upsampling": "and its convolution, 32×32×640, two images",
    "norm": "of groups, with SiLU, 64×64×320, two images",
}
"""What `tests.bench.peer_ours` and `peer_torch` know, each as small as its name says."""

BARS = {
    "step": {"float32": 0.5, "bfloat16": 0.95},
    "decoder": {"float32": 0.6},
}
"""The most that ours may take, as a part of PyTorch's time in that type."""

PEERS = ("float32", "bfloat16")


def bench(*, runs: int, works: tuple[str, ...] = tuple(WORKS)) -> Report:
    """`runs` of each, alternating, after one that compiles; the larger ones one at a time."""
    return Report(
        title="Ours (float32) beside PyTorch diffusers (channels last), this CPU",
        columns=("", "ours ms", *(f"{kind} ms" for kind in PEERS), *(f"/ {k}" for k in PEERS)),
        rows=[row(work, seconds(work, runs=runs)) for work in works],
        notes=(
            f"Medians of {runs} runs of each, in turns; the ratios are medians of those of a turn.",
            *(verdict(work, kind) for work in works for kind in BARS.get(work, {})),
        ),
    )


def seconds(work: str, *, runs: int) -> np.ndarray:
    """[runs, ours and each peer]."""
    with ExitStack() as stack:

        def start(module: str, *arguments: str) -> Player:
            player = Player(Path(sys.executable), f"tests.bench.{module}", work, *arguments)
            return stack.enter_context(player)

        players = [start("peer_ours"), *(start("peer_torch", kind) for kind in PEERS)]
        return np.array([[player.seconds() for player in players] for _ in range(runs)])


def row(work: str, times: np.ndarray) -> list[str]:
    """Milliseconds of all, and ours as a part of each peer's."""
    medians = [f"{1000 * statistics.median(column):.1f}" for column in times.T]
    parts = [f"{np.median(times[:, 0] / peer):.2f}" for peer in times.T[1:]]
    return [f"{work}: {WORKS[work]}", *medians, *parts]


def verdict(work: str, kind: str) -> str:
    return f"Bar: {work} at most {BARS[work][kind]:g} of PyTorch's {kind}."
