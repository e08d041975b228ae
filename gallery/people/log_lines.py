"""The log of an event, for its organisers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gallery.database.tables import Account, LogEntry
from gallery.event.event import Event
from gallery.people.actor import Actor
from gallery.people.texts import ROW_MAX

LOG_PAGE = 100


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
) -> tuple[LogLine, ...]:
    """A hundred rows, the newest first: by `who` (part of a name), `what` (part of an action),
    older than the row `before`.
    """
    actor.require_organiser(event.slug)
    name = func.coalesce(Account.name, LogEntry.actor)
    query = (
        select(LogEntry, name)
        .outerjoin(Account, Account.id == LogEntry.account_id)
        .where(LogEntry.event == event.slug)
        .order_by(LogEntry.id.desc())
        .limit(LOG_PAGE)
    )
    if who:
        query = query.where(func.lower(name).contains(who.lower(), autoescape=True))
    if what:
        query = query.where(
            LogEntry.action.contains(what.lower().replace(" ", "_"), autoescape=True)
        )
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


def _details(entry: LogEntry, names: Mapping[int, str]) -> str:
    """As words; accounts by name."""
    return ", ".join(
        names.get(value, "") if key == "account" else f"{key}: {value}"
        for key, value in entry.details.items()
        if value is not None
    )
