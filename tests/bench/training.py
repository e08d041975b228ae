"""A step of ControlNet training as XLA compiles it for TPUs: the largest batch, memory, time."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.chips import V4_8, V5E, Chips
from tests.bench.environments import CACHE, LIBTPU, compile_for_tpu, old_flax
from tests.bench.models import SD15
from tests.bench.report import Report
from tests.bench.training_cost import Cost

TAKES = (
    "hours: each of some 20 programs more than a quarter of an hour of processor time and 7 GB of "
    "memory; stopped, it goes on where it was. 1.7 GB in .cache/bench the first time"
)

KEPT = CACHE / "training.json"


@dataclass(frozen=True)
class Choice:
    """A way to train on some chips: `flags` of our trainer, None for the script of 2023."""

    chips: Chips
    flags: tuple[str, ...] | None
    guess: int
    """Pictures on each chip with which the search for the most begins."""

    @property
    def name(self) -> str:
        how = "script of 2023" if self.flags is None else ", ".join(self.flags) or "plain"
        return f"{self.chips.name}: {how}"

    def cost(self, pictures: int) -> Cost:
        """Compiles a step of so many pictures on each chip."""
        size = (self.chips.name, str(pictures))
        if self.flags is None:
            return compile_for_tpu(old_flax(), "tests.bench.training_old", *size)
        ours = "tests.bench.training_ours"
        return compile_for_tpu(Path(sys.executable), ours, *size, *self.flags)


CHOICES = (
    Choice(V4_8, (), guess=8),
    Choice(V4_8, ("--shard",), guess=8),
    Choice(V4_8, ("--remat",), guess=64),
    Choice(V4_8, ("--remat", "--shard"), guess=64),
    Choice(V4_8, None, guess=4),
    Choice(V5E, (), guess=2),
    Choice(V5E, ("--remat",), guess=16),
    Choice(V5E, None, guess=1),
)


def bench() -> Report:
    kept = Kept(KEPT)
    return Report(
        title=f"A step of ControlNet training, {SD15.name}, bfloat16 with float32 masters, for "
        "each chip, as the compiler says",
        columns=(
            "",
            "pictures",
            "GB held",
            "GB beside",
            "TFLOP a picture",
            "GB of HBM",
            "ms at the roofline",
            "ms by cycles",
            "pictures a second, all chips",
        ),
        rows=[row(choice, most(choice, kept)) for choice in CHOICES],
        notes=(
            "Pictures: the largest power of two on each chip whose program the compiler does not",
            "refuse. Held: weights, optimizer and batch; beside: what else a step takes. HBM: read",
            "and written in a step. At the roofline: what arithmetic takes at the chip's peak, or",
            "HBM at its bandwidth, if that is longer. By cycles: those that the compiler reckons",
            "for each instruction, added up; attention's kernels and what chips tell each other",
            "have none. Pictures a second: by these two, from the roofline on down.",
            f"{kept.read} of the programs were compiled before; delete "
            f"{KEPT.relative_to(CACHE.parents[1])} if networks or trainer have changed since.",
        ),
    )


class Kept:
    """What was compiled so far, in a file: each program takes minutes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._costs: dict[str, Cost] = json.loads(file.read_text()) if file.exists() else {}
        self.read = 0

    def cost(self, name: str, make: Callable[[], Cost]) -> Cost:
        name = f"{name}, {LIBTPU}"
        if name in self._costs:
            self.read += 1
        else:
            self._costs[name] = make()
            partial = self._file.with_suffix(".partial")
            partial.write_text(json.dumps(self._costs, indent=2))
            partial.replace(self._file)
        return self._costs[name]


def most(choice: Choice, kept: Kept) -> tuple[int, Cost] | None:
    """The most pictures that fit on a chip, and what they cost; None where one does not fit."""

    def cost(pictures: int) -> Cost:
        print(f"{choice.name}, {pictures} on each chip", flush=True)
        return kept.cost(f"{choice.name}, {pictures}", lambda: choice.cost(pictures))

    pictures = largest(lambda count: cost(count)["fits"], guess=choice.guess)
    return (pictures, cost(pictures)) if pictures else None


def largest(fits: Callable[[int], bool], *, guess: int) -> int:
    """The largest power of two that fits, 0 if 1 does not; two questions where `guess` is right.

    `guess` is a power of two, and what is smaller than something that fits does so too.
    """
    count = guess
    while count and not fits(count):
        count //= 2
    if count == guess:
        while fits(2 * count):
            count *= 2
    return count


def row(choice: Choice, found: tuple[int, Cost] | None) -> list[str]:
    if found is None:
        return [choice.name, "0", *[""] * 7]
    pictures, cost = found
    return [choice.name, str(pictures), *_figures(choice.chips, pictures, cost)]


def _figures(chips: Chips, pictures: int, cost: Cost) -> Iterator[str]:
    at_least = chips.roofline(flops=cost["flops"], hbm_bytes=cost["hbm"])
    by_cycles = cost["cycles"] / chips.cycles_per_second
    yield f"{cost['arguments'] / 1e9:.2f}"
    yield f"{(cost['temporary'] + cost['result']) / 1e9:.2f}"
    yield f"{cost['flops'] / pictures / 1e12:.2f}"
    yield f"{cost['hbm'] / 1e9:.1f}"
    yield f"{1000 * at_least:.0f}"
    yield f"{1000 * by_cycles:.0f}"
    together = pictures * chips.count
    yield f"{together / at_least:.1f}, {together / max(by_cycles, at_least):.1f}"
