"""Who is signed in: sessions kept in the database, and what an account may do in each event."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.database.tables import Account, Role, SignInSession
from gallery.event.event import Event
from gallery.people.actor import VISITOR, Actor

COOKIE = "sprint_session"
LASTS = timedelta(days=30)


def digest(token: str) -> str:
    """What the database keeps of a token: who reads the database still cannot sign in."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(session: Session, account: Account, now: datetime) -> str:
    """A new session's token, for the cookie."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignInSession(
            token_digest=digest(token),
            account_id=account.id,
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    return token


def end(session: Session, token: str, now: datetime) -> None:
    """From now on the token signs nobody in, wherever it was copied to."""
    found = session.get(SignInSession, digest(token))
    if found is not None and found.ended_at is None:
        found.ended_at = now


def actor_of(session: Session, token: str | None, events: Iterable[Event], now: datetime) -> Actor:
    """The person behind a cookie's token; `VISITOR` when it is missing, unknown, old or ended."""
    if not token:
        return VISITOR
    found = session.get(SignInSession, digest(token))
    if found is None or found.ended_at is not None or found.expires_at <= now:
        return VISITOR
    account = session.get_one(Account, found.account_id)
    return VISITOR if account.disabled_at else actor_for(session, account, events)


def actor_for(session: Session, account: Account, events: Iterable[Event]) -> Actor:
    """An account with its roles: those in the event files, and those given since."""
    names = {name.casefold() for name in (account.hub_name, account.email) if name}
    rows = session.execute(select(Role.event, Role.role).where(Role.account_id == account.id)).all()
    given = {(event, role) for event, role in rows}
    for event in events:
        given |= {
            (event.slug, "organiser") for name in event.organisers if name.casefold() in names
        }
        given |= {(event.slug, "juror") for name in event.jurors if name.casefold() in names}
    return Actor(
        account_id=account.id,
        name=account.name,
        display_name=account.display_name,
        organiser_of=frozenset(event for event, role in given if role == "organiser"),
        juror_of=frozenset(event for event, role in given if role == "juror"),
    )
