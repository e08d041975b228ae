"""Scheduling requests: what the scheduler knows of one job, of its queue's limits, of its place.

Legend: an image goes through N evaluations; each takes one UNet row, or two where it is guided.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple


class Lane(NamedTuple):
    """A picture size in pixels: images of one lane share ticks."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


@dataclass(frozen=True)
class Work:
    """One accepted job: `images` pictures of one lane, all made alike."""

    job: int
    client: str
    lane: Lane
    images: int
    rows: tuple[int, ...]
    """[N] UNet rows of each evaluation, 1 or 2: guidance may cover a part of the steps."""
    controls: tuple[tuple[str, int, int], ...] = ()
    """A ControlNet's name, the first evaluation where it acts, and the one behind the last."""
    deadline: float | None = None
    """The time by which it must have begun; else it is among the `expired`."""

    @cached_property
    def names(self) -> frozenset[str]:
        """The ControlNets that must be in device memory while it runs."""
        return frozenset(name for name, first, behind in self.controls if first < behind)

    @cached_property
    def rows_left(self) -> tuple[int, ...]:
        """[N+1] The rows of an image from each evaluation on."""
        return tuple(accumulate(reversed(self.rows), initial=0))[::-1]

    def names_from(self, evaluation: int) -> Iterator[str]:
        """The ControlNets that act at this evaluation or later."""
        return (name for name, first, behind in self.controls if max(first, evaluation) < behind)

    def names_at(self, evaluation: int) -> Iterator[str]:
        """The ControlNets that act at this evaluation."""
        return (name for name, first, behind in self.controls if first <= evaluation < behind)


@dataclass(frozen=True)
class Limits:
    """Bounds of the queue."""

    waiting: int = 200
    """Jobs that wait for their first seat."""
    per_client: int = 200
    """Jobs of one client that are not done."""

    def __post_init__(self) -> None:
        assert min(self.waiting, self.per_client) >= 1, "a queue holds a job at least"


@dataclass(frozen=True)
class Place:
    """Where a job stands in line."""

    position: int
    """1 is the next to begin; 0 is running."""
    waiting: int
    """How many wait, this one included where it waits."""
    seconds: float
    """Until its last picture is finished, as far as one can tell."""
