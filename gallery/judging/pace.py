"""How long it takes for what is left, from one's own pace."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

USUAL = timedelta(minutes=6)
"""For a demo, before there is a pace of one's own."""
LAST = 9
"""Demos that make a pace: people become quicker."""
BREAK = timedelta(minutes=40)
"""Who had a demo open for longer was away."""


@dataclass(frozen=True)
class Sitting:
    """One demo that a juror opened and scored."""

    opened_at: datetime
    scored_at: datetime


def pace(sittings: Iterable[Sitting], *, usual: timedelta = USUAL, last: int = LAST) -> timedelta:
    """For one demo: the median of the last ones without breaks; `usual` where there are none.

    What was open at the same time as the demo before counts from when that was scored.
    """
    spans: list[timedelta] = []
    before: datetime | None = None
    for sitting in sorted(sittings, key=lambda each: (each.scored_at, each.opened_at)):
        opened_at = sitting.opened_at if before is None else max(before, sitting.opened_at)
        spans.append(sitting.scored_at - opened_at)
        before = sitting.scored_at
    worked = [span for span in spans if timedelta(0) < span <= BREAK]
    seconds = [span.total_seconds() for span in worked[-last:]]
    return timedelta(seconds=median(seconds)) if seconds else usual


def time_left(
    count: int, per_demo: timedelta, *, now: datetime, opened_at: datetime | None = None
) -> timedelta:
    """For `count` demos; of the one that was opened at `opened_at` a part has passed.

    It is never counted as over: the longer it takes already, the less is said of it, down to a
    tenth. Who has it open for longer than a break begins it anew.
    """
    if not count:
        return timedelta(0)
    passed = timedelta(0) if opened_at is None else max(timedelta(0), now - opened_at)
    if passed > BREAK:
        passed = timedelta(0)
    return per_demo * count - min(passed, per_demo * 0.9)
