"""The log of an event, for its organisers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.tables import Account, LogEntry, Role, SignUp
from gallery.event.event import Event
from gallery.people.texts import ROW_MAX

LOG_PAGE = 100
UNTOLD = frozenset({"scores", "comment", "flag", "better"})
"""What a juror said of a demo: kept, so that the log replays, and shown under nobody's name."""
UNSHOWN: Mapping[str, frozenset[str]] = {
    "feedback.released": frozenset({"key", "original", "text", "lot"}),
    "feedback.held_back": frozenset({"key", "original", "text", "lot"}),
    "feedback.sent": frozenset({"keys"}),
    "deliberation.noted": frozenset({"text"}),
    "sheet.shared": frozenset({"prompt", "picture", "seed", "made_at", "demos"}),
}
"""What else is kept for the replay alone, by action: it has its own page, for who may know it."""


@dataclass(frozen=True)
class LogLine:
    """One row of the log; `who` is their name of today, so who left is not named."""

    id: int
    at: datetime
    who: str
    action: str
    subject: str
    details: str


def log(
    session: Session,
    actor: Actor,
    *,
    event: Event,
    who: str = "",
    what: str = "",
    before: int | None = None,
    without: Sequence[str] = (),
) -> tuple[LogLine, ...]:
    """A hundred rows, the newest first: by `who` (part of a name), `what` (part of an action),
    older than the row `before`. What was done to its people's accounts is among them, but for
    actions that begin like one of `without`.
    """
    actor.require_organiser(event.slug)
    name = func.coalesce(Account.name, LogEntry.actor)
    query = (
        select(LogEntry, name)
        .outerjoin(Account, Account.id == LogEntry.account_id)
        .where(or_(LogEntry.event == event.slug, _done_to_accounts(actor, event)))
        .order_by(LogEntry.id.desc())
        .limit(LOG_PAGE)
    )
    if who:
        query = query.where(func.lower(name).contains(who.lower(), autoescape=True))
    if what:
        query = query.where(
            LogEntry.action.contains(what.lower().replace(" ", "_"), autoescape=True)
        )
    for beginning in without:
        query = query.where(~LogEntry.action.startswith(beginning, autoescape=True))
    if before is not None:
        query = query.where(LogEntry.id < min(before, ROW_MAX))
    rows = session.execute(query).all()
    meant = {entry.details.get("account") for entry, _ in rows}
    names = dict(
        session.execute(
            select(Account.id, Account.name).where(
                Account.id.in_([one for one in meant if isinstance(one, int)])
            )
        ).all()
    )
    return tuple(
        LogLine(
            entry.id,
            entry.at,
            shown,
            entry.action,
            f"{entry.subject_type.replace('_', ' ')} {entry.subject_id}",
            _details(entry, names),
        )
        for entry, shown in rows
    )


def _done_to_accounts(actor: Actor, event: Event) -> ColumnElement[bool]:
    """What others did to the accounts of the event's people, in the whole gallery and so in no
    event: closing, reopening. When people sign in, and by what, is nobody's business but theirs.
    """
    done = and_(
        LogEntry.event.is_(None),
        LogEntry.subject_type == "account",
        cast(LogEntry.account_id, String).is_distinct_from(LogEntry.subject_id),
    )
    if actor.is_program:
        return done
    people = select(SignUp.account_id).where(SignUp.event == event.slug)
    given = select(Role.account_id).where(Role.event == event.slug)
    ids = people.union(given).subquery()
    return done & LogEntry.subject_id.in_(select(cast(ids.c.account_id, String)))


def _details(entry: LogEntry, names: Mapping[int, str]) -> str:
    """As words; accounts by name."""
    return ", ".join(
        names.get(value, "") if key == "account" else f"{key}: {value}"
        for key, value in entry.details.items()
        if value is not None
        and not (key in UNTOLD and "juror" in entry.details)
        and key not in UNSHOWN.get(entry.action, ())
    )
