"""The practice copy of an event: the same spans, laid around a day."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gallery.event.event import Event
from gallery.event.phase import Phase, PhaseKey

SLUG = "practice"
SPACE_NAME = "drawing-to-picture"
"""Of every account's Space: what a newcomer pastes is `their-name/drawing-to-picture`."""
ROLES = {"organisers": ("organiser",), "jurors": ("juror",)}
"""Whoever signs in by one of these names has that role: the practice Hub takes anybody's word."""
PROGRAMS = ("juror-2", "juror-3", "juror-4")
"""Jurors of a rehearsal that nobody signs in as: they score by themselves."""
NOTICE = (
    "**Practice.** This is [the sprint of {year}](/{original}/event) laid around today, and "
    "nothing here counts. Sign in by any name, {then}."
)
THEN = {
    True: f"and submit the Space that waits for you: `your-name/{SPACE_NAME}`",
    False: "or as `organiser` or `juror` to see their sides",
}
"""What to try next, by whether one can hand in on the day around which it is laid."""
STAY_OPEN = (PhaseKey.SIGN_UP, PhaseKey.TEAM_FORMING)


def practice_event(original: Event, *, day: date, phase: PhaseKey = PhaseKey.SUBMISSION) -> Event:
    """`original`, moved so that `day` lies in `phase`, about a third of the way through.

    It is moved by whole weeks where that is possible, else by whole days, so a deadline on a Monday
    stays on a Monday. Every span keeps its length and its time of day on the wall, across changes
    to summer time too; talks and milestones move along. Only signing up and forming teams, which in
    the original were over before submission began, stay open until the deadline, so that somebody
    who arrives on `day` can do everything, from signing up to handing in.
    """
    zone = original.zone
    by = _distance(original.phase(phase), day, zone)

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
        "notice": NOTICE.format(
            original=original.slug,
            year=original.starts.year,
            then=THEN[phase not in (PhaseKey.JUDGING, PhaseKey.RESULTS)],
        ),
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
    if phase is PhaseKey.JUDGING:
        changes["jurors"] = (*ROLES["jurors"], *PROGRAMS)
    return Event.model_validate({**dict(original), **changes})


def is_rehearsal(event: Event) -> bool:
    """Whether it was laid so that a jury is at work."""
    return set(PROGRAMS) <= set(event.jurors)


def called(program: str) -> str:
    """The name of one of `PROGRAMS` as people read it."""
    return program.replace("-", " ").capitalize()


def _distance(phase: Phase, day: date, zone: ZoneInfo) -> timedelta:
    """By how many days `phase` is moved; `day` is then one on which it is on from start to end."""
    first, last = phase.starts.astimezone(zone), phase.ends.astimezone(zone)
    earliest = first.date() + timedelta(days=first.time() != time.min)
    latest = last.date() - timedelta(days=1)
    ideal = (day - earliest).days - (latest - earliest).days // 3
    near = sorted((ideal - ideal % 7, ideal - ideal % 7 + 7), key=lambda days: abs(days - ideal))
    for days in near:
        if earliest <= day - timedelta(days=days) <= latest:
            return timedelta(days=days)
    return timedelta(days=ideal)


def _moved(when: datetime, by: timedelta, zone: ZoneInfo) -> datetime:
    """The same time of day in `zone`, whichever offset is in force there on the other day."""
    local = when.astimezone(zone).replace(tzinfo=None) + by
    return local.replace(tzinfo=zone)
