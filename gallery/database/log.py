"""Writes the log: beside a change, in its transaction."""

from datetime import datetime

from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.tables import LogEntry
from gallery.database.tables.base import Json


def record(
    session: Session,
    actor: Actor,
    now: datetime,
    action: str,
    *,
    subject: tuple[str, object],
    event: str | None,
    details: Json | None = None,
) -> None:
    """`action` is `noun.verb` in the past: "team.left"; `subject` is ("team", 7).

    `details` hold what is needed to understand the row later, and never a secret.
    """
    subject_type, subject_id = subject
    session.add(
        LogEntry(
            at=now,
            account_id=actor.account_id,
            actor=actor.name,
            event=event,
            action=action,
            subject_type=subject_type,
            subject_id=str(subject_id),
            details=details or {},
        )
    )
