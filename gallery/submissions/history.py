"""A submission's history: its revisions, and what else was done to it, from the log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.tables import Account, LogEntry, Submission, Team
from gallery.event.event import Event
from gallery.submissions import revisions
from gallery.submissions.access import seen, works_on

ORGANISERS = "the organisers"
BY_ORGANISERS = frozenset({"hidden", "restored", "handed_over", "granted", "refused"})
"""Who of them did it is for the log alone."""
DISCREET = frozenset({"hidden", "restored", "granted", "refused", "gave_way"})
"""Why is between the organisers and the team: it may accuse somebody who was in the right."""
SHOWN = frozenset(
    {
        *("collected", "submitted", "withdrawn", "brought_back"),
        *("claimed", "proved", "gave_way", *BY_ORGANISERS),
    }
)


@dataclass(frozen=True)
class Happening:
    """One line of a history. What was `saved` is revision `number`; all else has none."""

    at: datetime
    verb: str
    """`saved`, `submitted`, `withdrawn`, `brought_back`, `hidden`, `restored`, `handed_over`,
    `collected`; of a claim `claimed`, `proved`, `granted`, `refused`; or `gave_way` to another."""
    author: str
    """A display name, the program's, or the organisers' where it is theirs to do."""
    note: str
    """Why, where somebody had to say so and this viewer may read it."""
    number: int | None = None
    teams: tuple[str, ...] = ()
    """The names of the team that had it and of the one that got it, when it was handed over."""


class _Row(NamedTuple):
    at: datetime
    verb: str
    author: str | None
    details: dict


def history(
    session: Session, actor: Actor, *, event: Event, submission_id: int
) -> tuple[Happening, ...]:
    """The newest first. What was before it was handed in is its team's to see; `NotFound`."""
    submission = seen(session, actor, event=event, submission_id=submission_id)
    is_insider = actor.organises(event.slug) or works_on(session, actor, submission)
    return history_of(session, submission, is_insider=is_insider)


def history_of(
    session: Session, submission: Submission, *, is_insider: bool
) -> tuple[Happening, ...]:
    """As `history`, for who may see it; `is_insider` says whether also what was drafted."""
    saves = [
        Happening(one.saved_at, "saved", one.author, one.note, one.number)
        for one in revisions.versions_of(session, submission, is_insider=is_insider)
    ]
    rows = [
        _Row(at, action.partition(".")[2], author, details)
        for at, action, author, details in session.execute(_LOGGED, {"id": str(submission.id)})
    ]
    others = _others(rows, _team_names(session, rows), is_insider=is_insider)
    begins = None if is_insider else submission.submitted_at
    shown = [one for one in others if begins is None or one.at >= begins]
    # Of the same moment: first it was saved, then handed in.
    return tuple(sorted((*saves, *shown), key=lambda one: (one.at, one.number is None))[::-1])


def _others(
    rows: Sequence[_Row], teams: dict[int, str], *, is_insider: bool
) -> Iterator[Happening]:
    is_back = False
    for row in rows:
        verb = row.verb
        if verb == "submitted" and is_back:
            verb = "brought_back"
        is_back = verb == "withdrawn"
        may_read = is_insider or verb not in DISCREET
        yield Happening(
            at=row.at,
            verb=verb,
            author=ORGANISERS if verb in BY_ORGANISERS else row.author or "the gallery",
            note=str(row.details.get("reason", "")) if may_read else "",
            teams=tuple(teams[each] for each in _passed(row)),
        )


def _passed(row: _Row) -> tuple[int, ...]:
    """The ids of the team that had it and of the one that got it; empty for all but that."""
    if row.verb != "handed_over":
        return ()
    return row.details["from_team"], row.details["to_team"]


def _team_names(session: Session, rows: Sequence[_Row]) -> dict[int, str]:
    wanted = {each for row in rows for each in _passed(row)}
    if not wanted:
        return {}
    named = session.execute(select(Team.id, Team.name).where(Team.id.in_(wanted)))
    return {row.id: row.name for row in named}


_LOGGED = (
    select(LogEntry.at, LogEntry.action, Account.display_name, LogEntry.details)
    .outerjoin(Account, Account.id == LogEntry.account_id)
    .where(
        LogEntry.subject_type == "submission",
        LogEntry.subject_id == bindparam("id"),
        LogEntry.action.in_([f"submission.{verb}" for verb in sorted(SHOWN)]),
    )
    .order_by(LogEntry.id)
)
