"""How a demo is doing: looks at its stage and its page, and what a week of them says."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from gallery.database.tables import Health, Submission
from gallery.errors import ForbiddenAddress, GalleryError
from gallery.fetching.fetch import Fetcher
from gallery.sources.records import Known
from spaces.hub.addresses import repo_key
from spaces.hub.facts import SpaceFacts

WINDOW = timedelta(days=7)
WHOLE = timedelta(days=2)
"""For so long every look is kept; then one an hour, …"""
KEPT = timedelta(days=90)
"""… after the window one a day, and after this none."""
PATIENCE = 10.0
"""Seconds in which a page must begin to answer."""


class State(StrEnum):
    """What a visitor can expect of a demo."""

    LIVE = "live"
    ASLEEP = "asleep"
    """It does not answer now, and will: it sleeps, or is just starting."""
    DOWN = "down"
    GONE = "gone"
    """The Hub shows no such Space (any more): it was deleted, or made private."""
    UNKNOWN = "unknown"


BROKEN = frozenset({State.DOWN, State.GONE})
"""Its team has something to do."""
_SERVING = frozenset({"RUNNING", "RUNNING_BUILDING", "RUNNING_APP_STARTING"})
_ASLEEP = frozenset({"SLEEPING", "BUILDING", "APP_STARTING", "STARTING"})
_DOWN = frozenset(
    {
        *("NO_APP_FILE", "CONFIG_ERROR", "BUILD_ERROR", "RUNTIME_ERROR"),
        *("PAUSED", "STOPPED", "DELETING"),
    }
)


@dataclass(frozen=True)
class Look:
    """One look. `seconds` until its page began to answer; None when it did not or was not asked."""

    state: State
    stage: str | None
    seconds: float | None


@dataclass(frozen=True)
class Day:
    """One day of looks, in UTC."""

    day: date
    looks: int
    answered: float | None
    """Share of the looks at which it should have answered and did; None when it slept."""
    seconds: float | None
    """Median."""


@dataclass(frozen=True)
class HealthSummary:
    """The newest look, and the last seven days. Without any look, `state` is unknown."""

    state: State
    stage: str | None = None
    at: datetime | None = None
    """Of the newest look."""
    since: datetime | None = None
    """Since when it is in this state, as far as the window goes back."""
    answered: float | None = None
    seconds: float | None = None
    days: tuple[Day, ...] = ()
    """The oldest first; days without a look are left out."""


def state_of(stage: str | None, *, answered: bool | None) -> State:
    """`answered` is None when the page was not asked. Stages that we don't know are met."""
    name = (stage or "").upper()
    if name in _ASLEEP:
        return State.ASLEEP
    if name in _DOWN:
        return State.DOWN
    if answered is None:
        return State.LIVE if name in _SERVING else State.UNKNOWN
    if answered:
        return State.LIVE
    return State.DOWN if name in _SERVING else State.UNKNOWN


def look(fetcher: Fetcher, known: Known[SpaceFacts]) -> Look:
    """Looks at a demo. A sleeping one is let sleep: a visit would wake it.

    Its page is asked even while the Hub does not answer: what was known of its host will do.
    """
    if known.is_missing:
        return Look(State.GONE, None, None)
    if known.facts is None:
        return Look(State.UNKNOWN, None, None)
    stage, host = known.facts.stage, known.facts.answers_at
    if host is None or state_of(stage, answered=None) in (State.ASLEEP, State.DOWN):
        return Look(state_of(stage, answered=None), stage, None)
    try:
        seconds = fetcher.time_to_answer(host, seconds=PATIENCE)
    except ForbiddenAddress:  # it may well be there, for others
        return Look(State.UNKNOWN, stage, None)
    except GalleryError:
        return Look(state_of(stage, answered=False), stage, None)
    return Look(state_of(stage, answered=True), stage, seconds)


def record_look(session: Session, now: datetime, space_id: str, seen: Look) -> None:
    """Keeps a look, and shows its state on the cards of that Space."""
    session.add(
        Health(
            space_id=repo_key(space_id),
            at=now,
            hour=int(now.timestamp()) // 3600,
            state=seen.state.value,
            stage=seen.stage,
            seconds=seen.seconds,
        )
    )
    for submission in session.scalars(
        select(Submission).where(
            Submission.space_key == repo_key(space_id), Submission.health != seen.state.value
        )
    ):
        submission.health = seen.state.value


def move(session: Session, former: str, space_id: str) -> None:
    """The looks at a Space go along with its new name."""
    session.execute(
        update(Health)
        .where(Health.space_id == repo_key(former))
        .values(space_id=repo_key(space_id))
    )


def summary(session: Session, space_id: str, now: datetime) -> HealthSummary:
    """The last seven days of a Space."""
    rows = session.execute(
        _LOOKS, {"space_id": repo_key(space_id), "after": now - WINDOW, "until": now}
    )
    return summarise([(row.at, Look(State(row.state), row.stage, row.seconds)) for row in rows])


_LOOKS = (
    select(Health.at, Health.state, Health.stage, Health.seconds)
    .where(
        Health.space_id == bindparam("space_id"),
        Health.at > bindparam("after"),
        Health.at <= bindparam("until"),
    )
    .order_by(Health.at, Health.id)
)


def summarise(looks: Sequence[tuple[datetime, Look]]) -> HealthSummary:
    """Of looks, the oldest first."""
    if not looks:
        return HealthSummary(State.UNKNOWN)
    by_day: dict[date, list[Look]] = defaultdict(list)
    for at, seen in looks:
        by_day[at.date()].append(seen)
    newest_at, newest = looks[-1]
    since = newest_at
    for at, seen in reversed(looks):
        if seen.state != newest.state:
            break
        since = at
    whole = [seen for _, seen in looks]
    return HealthSummary(
        state=newest.state,
        stage=newest.stage,
        at=newest_at,
        since=since,
        answered=_answered(whole),
        seconds=_seconds(whole),
        days=tuple(
            Day(day, len(seen), _answered(seen), _seconds(seen))
            for day, seen in sorted(by_day.items())
        ),
    )


def _answered(looks: Sequence[Look]) -> float | None:
    expected = [seen.state for seen in looks if seen.state in (State.LIVE, State.DOWN)]
    return expected.count(State.LIVE) / len(expected) if expected else None


def _seconds(looks: Sequence[Look]) -> float | None:
    measured = [seen.seconds for seen in looks if seen.seconds is not None]
    return median(measured) if measured else None


def newest_looks(session: Session, now: datetime) -> dict[str, datetime]:
    """When each Space was looked at last, of those that were within two days; by `repo_key`."""
    recent = Health.hour >= _hours(now - WHOLE)
    rows = session.execute(
        select(Health.space_id, func.max(Health.at).label("newest"))
        .where(recent)
        .group_by(Health.space_id)
    )
    return {row.space_id: row.newest for row in rows}


def thin(session: Session, now: datetime) -> int:
    """Drops what nobody will look at again; gives the number of rows. Running it twice is once."""
    session.execute(delete(Health).where(Health.hour < _hours(now - KEPT)))
    dropped = 0
    spans = ((now - WINDOW - timedelta(days=1), now - WHOLE, 1), (now - KEPT, now - WINDOW, 24))
    for begins, ends, hours in spans:
        # Whole days at both ends, so that each time the same first look of a span is kept.
        inside = (Health.hour >= _hours(begins) // 24 * 24, Health.hour < _hours(ends) // 24 * 24)
        first = (
            select(func.min(Health.id))
            .where(*inside)
            .group_by(Health.space_id, Health.hour // hours)
        )
        result = session.connection().execute(
            delete(Health).where(*inside, Health.id.not_in(first))
        )
        dropped += result.rowcount
    return dropped


def _hours(when: datetime) -> int:
    return int(when.timestamp()) // 3600
