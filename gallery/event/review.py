"""A second look at an event file that can be used: what is odd in it, and its times in words.

Nothing here is refused; each warning says what is odd, and what was perhaps meant.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import pairwise

from gallery.event.event import Event
from gallery.event.phase import Phase, PhaseKey
from gallery.event.zones import city, in_words, nearest_offset, offsets, written

DAY = "%A %-d %B %Y"
MINUTE = f"{DAY}, %H:%M"
GAP = timedelta(hours=12)
"""So long may nothing be on without a word."""
SHORT, LONG = timedelta(hours=1), timedelta(days=120)
"""Phases outside of this are seldom meant."""


def warnings(event: Event, now: datetime) -> tuple[str, ...]:
    """The most important first."""
    return (
        *_people(event),
        *_past(event, now),
        *_offsets(event),
        *_order(event),
        *_lengths(event),
        *_gaps(event),
        *_outside(event),
    )


def instants(event: Event) -> tuple[tuple[str, str], ...]:
    """Every time of the file with its name, as the clock in the event's zone shows it."""
    zone = event.zone
    rows = [(phase.title, _span(event, phase)) for phase in event.phases]
    rows += [(one.title, f"{one.day:{DAY}}") for one in event.milestones]
    for talk in event.talks:
        starts, ends = talk.starts.astimezone(zone), talk.ends.astimezone(zone)
        rows.append((talk.title, f"{starts:{MINUTE}} to {ends:%H:%M}"))
    return (("The deadline", in_words(event.deadline, zone)), *rows)


def _span(event: Event, phase: Phase) -> str:
    """What ends at midnight was open on the day before, which many read the other way."""
    starts, ends = phase.starts.astimezone(event.zone), phase.ends.astimezone(event.zone)
    said = f"{starts:{MINUTE}} to {ends:{MINUTE}}"
    if ends.time() == time.min:
        said += f", so through {phase.last_day(event.zone):%A %-d %B}"
    return said


def _people(event: Event) -> Iterator[str]:
    if not event.organisers:
        yield (
            "organisers is empty, so nobody can decide about sign-ups or move the deadline; "
            "name at least one, as on the Hub or by e-mail address"
        )


def _past(event: Event, now: datetime) -> Iterator[str]:
    zone = event.zone
    if event.ends <= now:
        yield (
            f"the event is over since {in_words(event.ends, zone)}; "
            f"is {event.ends.astimezone(zone).year} the right year?"
        )
    elif event.deadline <= now:
        yield (
            f"the deadline was {in_words(event.deadline, zone)}; "
            f"is {event.deadline.astimezone(zone).year} the right year?"
        )


def _offsets(event: Event) -> Iterator[str]:
    """Times whose offset is not the zone's on that day: somebody thought of the other season."""
    zone = event.zone
    for where, when in _named(event):
        there = when.astimezone(zone)
        if when.utcoffset() == there.utcoffset():
            continue
        local = when.replace(tzinfo=None)
        say = f"{local:%Y-%m-%dT%H:%M:%S}{written(nearest_offset(local, zone))}"
        offset = when.utcoffset()
        assert offset is not None, "times in event files carry their zone"
        exists = f"write {say} if {local:%H:%M} there is meant" if offsets(local, zone) else ""
        yield (
            f"{where} says {local:%H:%M} at {written(offset)}, but {city(zone)} is at "
            f"{written(there.utcoffset() or timedelta(0))} on {there:%-d %B %Y}, so it is "
            f"{there:%H:%M} there; {exists or 'choose another hour'}"
        )


def _order(event: Event) -> Iterator[str]:
    phase = event.phase
    submission = phase(PhaseKey.SUBMISSION)
    for key, sense in (
        (PhaseKey.SIGN_UP, "nobody could sign up in time"),
        (PhaseKey.TEAM_FORMING, "teams would form too late"),
        (PhaseKey.DATA, "there would be nothing to train on"),
        (PhaseKey.TPU_ACCESS, "there would be nothing to train with"),
    ):
        one = phase(key)
        if one.starts >= submission.ends:
            yield f"{key} begins after submission ends, so {sense}; move one of them"
        elif one.starts > submission.starts and key in (PhaseKey.SIGN_UP, PhaseKey.TEAM_FORMING):
            yield f"{key} begins after submission does; is it meant so?"
    sign_up, forming = phase(PhaseKey.SIGN_UP), phase(PhaseKey.TEAM_FORMING)
    if sign_up.starts < submission.ends < sign_up.ends:
        yield "sign_up is still open after submission ends; end it sooner"
    if forming.starts < submission.ends < forming.ends:
        yield "team_forming is still open after submission ends; end it sooner"
    if forming.ends <= sign_up.starts:
        yield "team_forming is over before sign_up begins; move one of them"
    access = phase(PhaseKey.TPU_ACCESS)
    if submission.starts < access.ends < submission.ends:
        yield "tpu_access ends before submission does; is it meant so?"
    judging, results = phase(PhaseKey.JUDGING), phase(PhaseKey.RESULTS)
    if results.starts < judging.ends:
        yield "results overlaps judging: they begin before the jury is done; move one of them"


def _lengths(event: Event) -> Iterator[str]:
    for phase in event.phases:
        length = phase.ends - phase.starts
        if length < SHORT:
            minutes = int(length.total_seconds()) // 60
            yield f"{phase.key} lasts {minutes} minutes; is it meant so?"
        if length > LONG:
            yield f"{phase.key} lasts {length.days} days; are both years right?"


def _gaps(event: Event) -> Iterator[str]:
    zone = event.zone
    ends = event.starts
    for one, following in pairwise(sorted(event.phases, key=_start)):
        ends = max(ends, one.ends)
        if following.starts - ends > GAP:
            yield (
                f"nothing is on from {in_words(ends, zone)} to {in_words(following.starts, zone)}, "
                f"before {following.key}; move one of them if that is not meant"
            )
    wait = event.phase(PhaseKey.JUDGING).starts - event.deadline
    if wait > timedelta(days=7):
        yield f"judging begins {wait.days} days after submission ends; is it meant so?"


def _outside(event: Event) -> Iterator[str]:
    zone = event.zone
    first, last = event.starts.astimezone(zone).date(), event.ends.astimezone(zone).date()
    for milestone in event.milestones:
        if not first <= milestone.day <= last:
            yield f"{milestone.title!r} is on {milestone.day:{DAY}}, outside of all phases"
    for talk in event.talks:
        if not event.starts <= talk.starts < event.ends:
            yield f"{talk.title!r} is on {in_words(talk.starts, zone)}, outside of all phases"


def _named(event: Event) -> Iterator[tuple[str, datetime]]:
    for phase in event.phases:
        yield f"starts of {phase.key}", phase.starts
        yield f"ends of {phase.key}", phase.ends
    for talk in event.talks:
        yield f"starts of the talk {talk.key}", talk.starts
        yield f"ends of the talk {talk.key}", talk.ends


def _start(phase: Phase) -> datetime:
    return phase.starts
