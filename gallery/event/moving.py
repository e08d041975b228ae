"""Rescheduling: an event with another deadline, and the phases that move along with it.

Pure bookkeeping: who may do so, and how it is kept, is said elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from gallery.errors import Invalid
from gallery.event.event import Event, Moved
from gallery.event.phase import Phase, PhaseKey, told

AFTER = (PhaseKey.JUDGING, PhaseKey.RESULTS)


@dataclass(frozen=True)
class Shift:
    """One phase before and after a move."""

    before: Phase
    after: Phase


def with_deadline(event: Event, deadline: datetime, moved: Moved) -> Event:
    """`event` with another deadline. Raises `Invalid` when that cannot be.

    What ended together with the old deadline ends with the new one. Judging begins no sooner than
    the deadline, and results no sooner than judging ends if they waited for that: both keep their
    length, and move no further than they must.
    """
    submission = event.phase(PhaseKey.SUBMISSION)
    if deadline <= submission.starts:
        raise Invalid(
            f"the deadline must lie after {told(submission.starts)}, when handing in begins, got "
            f"{told(deadline)}; choose a later one",
            field="deadline",
        )
    judging, results = (event.phase(key) for key in AFTER)
    new_judging = _later(judging, deadline - judging.starts)
    waits = results.starts >= judging.ends
    must_begin = new_judging.ends if waits else new_judging.starts
    changed = {
        PhaseKey.JUDGING: new_judging,
        PhaseKey.RESULTS: _later(results, must_begin - results.starts),
    }
    phases = tuple(
        changed[phase.key] if phase.key in changed else _ending(phase, event.deadline, deadline)
        for phase in event.phases
    )
    changes = {
        "phases": phases,
        "moved": moved,
        "edited_at": max(moved.at, event.edited_at or moved.at),
    }
    try:
        return Event.model_validate({**dict(event), **changes})
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Invalid(
            f"the deadline cannot be {told(deadline)}: {said}", field="deadline"
        ) from None


def with_judging_until(event: Event, until: datetime, at: datetime) -> Event:
    """`event` with another end of judging. Raises `Invalid` when that cannot be.

    Results that waited for the end of judging begin no sooner than the new one, keep their length,
    and move no further than they must.
    """
    judging, results = (event.phase(key) for key in AFTER)
    if until <= judging.starts:
        raise Invalid(
            f"judging must end after {told(judging.starts)}, when it begins, got {told(until)}; "
            "choose a later time",
            field="until",
        )
    waits = results.starts >= judging.ends
    changed = {
        PhaseKey.JUDGING: judging.model_copy(update={"ends": until}),
        PhaseKey.RESULTS: _later(results, until - results.starts) if waits else results,
    }
    phases = tuple(changed.get(phase.key, phase) for phase in event.phases)
    edited = max(at, event.edited_at or at)
    return event.model_copy(update={"phases": phases, "edited_at": edited})


def with_notice(event: Event, notice: str, at: datetime) -> Event:
    """`event` with another notice on top of every page, or none."""
    edited = max(at, event.edited_at or at)
    return event.model_copy(update={"notice": notice, "edited_at": edited})


def shifts(before: Event, after: Event) -> tuple[Shift, ...]:
    """The phases that differ, in the order of the file."""
    pairs = ((phase, after.phase(phase.key)) for phase in before.phases)
    return tuple(Shift(old, new) for old, new in pairs if old != new)


def left_behind(before: Event, after: Event) -> tuple[str, ...]:
    """What lies between the earlier and the later deadline, or after them, and is not moved."""
    first = min(before.deadline, after.deadline)
    day = first.astimezone(before.zone).date()
    talks = (one.title for one in before.talks if one.ends > first)
    return (*(one.title for one in before.milestones if one.day >= day), *talks)


def _later(phase: Phase, by: timedelta) -> Phase:
    if by <= timedelta(0):
        return phase
    return phase.model_copy(update={"starts": phase.starts + by, "ends": phase.ends + by})


def _ending(phase: Phase, old: datetime, new: datetime) -> Phase:
    """Ends with the new deadline, if it ended with the old one and has begun by then."""
    if phase.ends != old or phase.starts >= new:
        return phase
    return phase.model_copy(update={"ends": new})
