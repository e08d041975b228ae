"""Throws away what signing in leaves behind: old tries, links, sessions."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from gallery.database.tables import Attempt, EmailLink, HubSignIn, SignInSession

KEPT = timedelta(days=1)
"""For a day after its end, a link's page can still say that it is too old."""


def sweep(session: Session, now: datetime) -> None:
    """Called at each sign-in: often enough, and never while somebody browses."""
    session.execute(delete(Attempt).where(Attempt.at < now - KEPT))
    for table in (EmailLink, HubSignIn, SignInSession):
        session.execute(delete(table).where(table.expires_at < now - KEPT))
