"""The practice copy of an event: the same spans, laid around a day."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gallery.event.event import Event
from gallery.event.phase import Phase, PhaseKey

SLUG = "practice"
ROLES = {"organisers": ("organiser",), "jurors": ("juror",)}
"""Whoever signs in by one of these names has that role: the practice Hub takes anybody's word."""
STAY_OPEN = (PhaseKey.SIGN_UP, PhaseKey.TEAM_FORMING)


def practice_event(original: Event, *, day: date, phase: PhaseKey = PhaseKey.SUBMISSION) -> Event:
    """`original`, moved by whole days so that `day` lies a third of the way into `phase`.

    Every span keeps its length and its time of day on the wall, across changes to summer time too;
    talks and milestones move along. Only signing up and forming teams, which in the original were
    over before submission began, stay open until the deadline, so that somebody who arrives on
    `day` can do everything, from signing up to handing in.
    """
    zone = original.zone
    inside = original.phase(phase)
    first, last = inside.first_day(zone), inside.last_day(zone)
    by = timedelta(days=(day - first).days - (last - first).days // 3)

    def moved(when: datetime) -> datetime:
        return _moved(when, by, zone)

    deadline = moved(original.deadline)
    phases = tuple(
        Phase(
            key=old.key,
            title=old.title,
            starts=moved(old.starts),
            ends=deadline if old.key in STAY_OPEN else moved(old.ends),
            text=old.text,
        )
        for old in original.phases
    )
    changes = {
        "slug": SLUG,
        "practice_of": original.slug,
        "edited_at": datetime(day.year, day.month, day.day, tzinfo=zone),
        "phases": phases,
        "milestones": tuple(
            milestone.model_copy(update={"day": milestone.day + by})
            for milestone in original.milestones
        ),
        "talks": tuple(
            talk.model_copy(update={"starts": moved(talk.starts), "ends": moved(talk.ends)})
            for talk in original.talks
        ),
        **ROLES,
    }
    return Event.model_validate({**dict(original), **changes})


def _moved(when: datetime, by: timedelta, zone: ZoneInfo) -> datetime:
    """The same time of day in `zone`, whichever offset is in force there on the other day."""
    local = when.astimezone(zone).replace(tzinfo=None) + by
    return local.replace(tzinfo=zone)
