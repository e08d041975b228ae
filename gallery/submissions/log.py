"""The log of a submission: what was done to it, and to which of its revisions."""

from datetime import datetime

from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database import log
from gallery.database.tables import Submission


def record(
    session: Session,
    actor: Actor,
    now: datetime,
    submission: Submission,
    verb: str,
    **details: object,
) -> None:
    """As the database's `record`; empty details are left out."""
    log.record(
        session,
        actor,
        now,
        f"submission.{verb}",
        subject=("submission", submission.id),
        event=submission.event,
        details={"number": submission.number}
        | {name: value for name, value in details.items() if value != ""},
    )
