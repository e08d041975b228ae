"""Seconds of a tick and of a decode: a guess made beforehand, corrected by what is measured.

A tick of R rows on each device is thought to take `fixed` + `row`·R seconds for the UNet and a
share of that for each ControlNet, in proportion to the picture's pixels. Measurements correct this
by a factor for each program (a network, lane and size): so far as a tick took longer than was
thought, each program in it did. Factors are averaged with exponential forgetting; a size that was
never seen takes its factor from its neighbours in the lane, on a logarithmic scale, and a lane that
was never seen from the lane nearest in pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from inference.serving.work import Lane

FORGETTING = 0.1
"""The weight of the newest measurement."""
LARGEST_STEP = math.log(4)
"""A measurement that is further off counts no more than this: a machine may hang for once."""


EMBEDDED = Lane(128, 128)


@dataclass(frozen=True)
class Prior:
    """What is thought beforehand of one lane, in seconds: the embedded model on two cores."""

    lane: Lane = EMBEDDED
    fixed: float = 0.002
    row: float = 0.008
    control: float = 0.35
    """A ControlNet's share of the UNet's seconds."""
    decode_fixed: float = 0.003
    decode: float = 0.012


class _Program(NamedTuple):
    network: str
    lane: Lane
    size: int


class Costs:
    """Seconds by network, lane and size."""

    def __init__(self, prior: Prior | None = None) -> None:
        self._prior = prior or Prior()
        self._factors: dict[_Program, float] = {}  # logarithms
        self._known: dict[_Program, float] = {}
        self._ticks: dict[tuple[Lane, int, tuple[int, ...]], float] = {}

    def tick(self, lane: Lane, size: int, controls: Sequence[int] = ()) -> float:
        """Of `size` rows on each device, beside ControlNets of `controls` rows each."""
        asked = (lane, size, tuple(controls))
        if asked not in self._ticks:
            self._ticks[asked] = sum(map(self._seconds, _tick(lane, size, controls)))
        return self._ticks[asked]

    def decode(self, lane: Lane, size: int) -> float:
        """Of `size` images on each device."""
        return self._seconds(_Program("decoder", lane, size))

    def ran(self, lane: Lane, size: int, controls: Sequence[int], seconds: float) -> None:
        self._correct(_tick(lane, size, controls), seconds)

    def decoded(self, lane: Lane, size: int, seconds: float) -> None:
        self._correct([_Program("decoder", lane, size)], seconds)

    def _correct(self, programs: Sequence[_Program], seconds: float) -> None:
        """Programs that are new take up what is left beside the known ones."""
        if seconds <= 0:
            return
        new = {one for one in programs if one not in self._factors}
        thought = sum(self._seconds(one) for one in programs if not new or one in new)
        known = sum(self._seconds(one) for one in programs) - thought
        off = math.log(max(seconds - known, thought / 10) / thought)
        step = max(-LARGEST_STEP, min(LARGEST_STEP, off))
        changed = {
            one: self._factor(one) + (off if new else FORGETTING * step)
            for one in (new or programs)
        }
        self._factors |= changed
        self._known.clear()
        self._ticks.clear()

    def _seconds(self, program: _Program) -> float:
        if program not in self._known:
            self._known[program] = self._thought(program) * math.exp(self._factor(program))
        return self._known[program]

    def _thought(self, program: _Program) -> float:
        prior = self._prior
        pixels = program.lane.pixels / prior.lane.pixels
        if program.network == "decoder":
            return pixels * (prior.decode_fixed + prior.decode * program.size)
        share = prior.control if program.network == "controlnet" else 1.0
        return pixels * share * (prior.fixed + prior.row * program.size)

    def _factor(self, program: _Program) -> float:
        """Its own, or one between its neighbours'."""
        own = self._factors.get(program)
        if own is not None:
            return own
        seen = [one for one in self._factors if one.network == program.network]
        if not seen:
            return 0.0
        pixels = program.lane.pixels
        lane = min(
            (one.lane for one in seen),
            key=lambda lane: (lane != program.lane, abs(math.log(lane.pixels / pixels)), lane),
        )
        sizes = sorted(one.size for one in seen if one.lane == lane)
        low = max([size for size in sizes if size <= program.size], default=sizes[0])
        high = min([size for size in sizes if size >= program.size], default=sizes[-1])
        first, last = (self._factors[_Program(program.network, lane, s)] for s in (low, high))
        if low == high:
            return first
        way = math.log(program.size / low) / math.log(high / low)
        return first + way * (last - first)


def _tick(lane: Lane, size: int, controls: Sequence[int]) -> list[_Program]:
    networks = [_Program("controlnet", lane, rows) for rows in controls]
    return [_Program("unet", lane, size), *networks]
