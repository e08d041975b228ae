"""A scheduled tick: which images go one evaluation further, and in which compiled programs.

Legend: D devices with S seats each; seat n lies on device n // S.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from inference.serving.turns import Move
from inference.serving.work import Lane


class Step(NamedTuple):
    """One image's evaluation."""

    job: int
    image: int
    seat: int
    evaluation: int
    rows: int


class ControlCall(NamedTuple):
    """One ControlNet's part in a tick, for `size` rows on each device."""

    name: str
    size: int


@dataclass(frozen=True)
class Tick:
    """Steps of images of one lane, at most `size` rows on each device."""

    lane: Lane
    size: int
    steps: tuple[Step, ...]
    controls: tuple[ControlCall, ...]
    finishing: tuple[tuple[int, int], ...]
    """Images (job, image) that are to be decoded after it."""
    moves: tuple[Move, ...] = field(default=(), repr=False)
    """What it takes from whose turn; the scheduler's own."""

    @property
    def seatings(self) -> tuple[Step, ...]:
        """Images that take their seat: those at their first evaluation."""
        return tuple(step for step in self.steps if step.evaluation == 0)
