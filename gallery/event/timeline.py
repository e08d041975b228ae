"""A sprint as rows, one a day on which something happens, with its phases as bars beside them.

Pure bookkeeping: the page draws it. A lane is a column of the drawing; phases that overlap lie in
different ones, and a lane is used again as soon as it is free.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from gallery.event.event import Event
from gallery.event.phase import Phase, PhaseKey
from gallery.event.programme import Milestone, Talk

NEAR = timedelta(days=60)
"""Today is shown from this long before the first day until this long after the last."""


class Standing(StrEnum):
    """Where something lies, seen from now."""

    OVER = "over"
    ON = "on"
    COMING = "coming"


@dataclass(frozen=True)
class Bar:
    """A phase where it crosses a row."""

    phase: Phase
    standing: Standing
    begins: bool
    ends: bool


@dataclass(frozen=True)
class Row:
    """One day. `is_today` rows without anything else are today's line alone."""

    day: date
    standing: Standing
    is_today: bool
    lanes: tuple[Bar | None, ...]
    begin: tuple[Phase, ...] = ()
    end: tuple[Phase, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    talks: tuple[Talk, ...] = ()

    @property
    def has_deadline(self) -> bool:
        return any(phase.key == PhaseKey.SUBMISSION for phase in self.end)

    @property
    def other_ends(self) -> tuple[Phase, ...]:
        """What ends on this day beside submission, and did not begin on it."""
        return tuple(
            phase
            for phase in self.end
            if phase.key != PhaseKey.SUBMISSION and phase not in self.begin
        )


def standing(phase: Phase, now: datetime) -> Standing:
    if phase.contains(now):
        return Standing.ON
    return Standing.OVER if phase.ends <= now else Standing.COMING


def timeline(event: Event, now: datetime) -> tuple[Row, ...]:
    """The days of the event in order, as seen at `now`; days are the event's own time zone's."""
    zone = event.zone
    today = now.astimezone(zone).date()
    days = {day for phase in event.phases for day in (phase.first_day(zone), phase.last_day(zone))}
    days |= {milestone.day for milestone in event.milestones}
    days |= {talk.starts.astimezone(zone).date() for talk in event.talks}
    if event.starts - NEAR <= now <= event.ends + NEAR:
        days.add(today)
    lanes = _lanes(event)
    return tuple(
        Row(
            day=day,
            standing=_standing(day, today),
            is_today=day == today,
            lanes=tuple(_bar(lane, event, day, now) for lane in lanes),
            begin=tuple(phase for phase in _by_start(event) if phase.first_day(zone) == day),
            end=tuple(phase for phase in event.phases if phase.last_day(zone) == day),
            milestones=tuple(found for found in event.milestones if found.day == day),
            talks=tuple(talk for talk in event.talks if talk.starts.astimezone(zone).date() == day),
        )
        for day in sorted(days)
    )


def span(first: date, last: date) -> str:
    """`10 to 16 April 2023`, with no more said twice than is needed."""
    if first == last:
        return f"{last:%-d %B %Y}"
    if first.year != last.year:
        return f"{first:%-d %B %Y} to {last:%-d %B %Y}"
    if first.month != last.month:
        return f"{first:%-d %B} to {last:%-d %B %Y}"
    return f"{first:%-d} to {last:%-d %B %Y}"


def _standing(day: date, today: date) -> Standing:
    if day == today:
        return Standing.ON
    return Standing.OVER if day < today else Standing.COMING


def _by_start(event: Event) -> Iterable[Phase]:
    return sorted(event.phases, key=lambda phase: (phase.starts, phase.ends))


def _lanes(event: Event) -> list[list[Phase]]:
    lanes: list[list[Phase]] = []
    for phase in _by_start(event):
        first = phase.first_day(event.zone)
        for lane in lanes:
            if lane[-1].last_day(event.zone) < first:
                lane.append(phase)
                break
        else:
            lanes.append([phase])
    return lanes


def _bar(lane: Sequence[Phase], event: Event, day: date, now: datetime) -> Bar | None:
    for phase in lane:
        first, last = phase.first_day(event.zone), phase.last_day(event.zone)
        if first <= day <= last:
            return Bar(phase, standing(phase, now), begins=day == first, ends=day == last)
    return None
