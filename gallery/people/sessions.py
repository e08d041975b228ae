"""Who is signed in: sessions kept in the database, and what an account may do in each event."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from gallery.actor import VISITOR, Actor
from gallery.database.log import record
from gallery.database.tables import (
    Account,
    Notification,
    Role,
    SignInSession,
    Team,
    TeamInvitation,
)
from gallery.event.event import Event, PhaseKey
from gallery.people.notifications import Kind
from gallery.people.sweeping import sweep
from gallery.secret import sign, signed_value

COOKIE = "sprint_session"
LASTS = timedelta(days=30)


def digest(token: str) -> str:
    """What the database keeps of a token: who reads the database still cannot sign in."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(session: Session, account: Account, now: datetime, *, key: bytes) -> str:
    """A new session; gives what the cookie holds: a token, signed with the gallery's key."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignInSession(
            token_digest=digest(token),
            account_id=account.id,
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    return sign(key, COOKIE, token)


def sign_in(
    session: Session,
    account: Account,
    now: datetime,
    *,
    by: str,
    old_cookie: str | None,
    key: bytes,
) -> str:
    """A new session's cookie, and the end of the one that the browser came with.

    `by` is "hub" or "email", for the log.
    """
    sweep(session, now)
    if old_cookie is not None:
        end(session, old_cookie, now, key=key)
    actor = Actor(account.id, account.name, account.display_name)
    record(
        session,
        actor,
        now,
        "account.signed_in",
        subject=("account", account.id),
        event=None,
        details={"by": by},
    )
    return begin(session, account, now, key=key)


def end(session: Session, cookie: str, now: datetime, *, key: bytes) -> None:
    """From now on the cookie signs nobody in, wherever it was copied to."""
    found = _find(session, cookie, key)
    if found is not None and found.ended_at is None:
        found.ended_at = now


def end_all(session: Session, account_id: int, now: datetime) -> None:
    """Signs an account out of every browser."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.account_id == account_id, SignInSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def actor_of(
    session: Session, cookie: str | None, events: Iterable[Event], now: datetime, *, key: bytes
) -> Actor:
    """The person behind a cookie; `VISITOR` when it is missing, forged, unknown, old or ended."""
    token = signed_value(key, COOKIE, cookie) if cookie else None
    if token is None:
        return VISITOR
    events = tuple(events)
    forming = [event.slug for event in events if event.is_open(PhaseKey.TEAM_FORMING, now)]
    asked = {"token_digest": digest(token), "now": now, "forming": forming}
    rows = session.execute(_SIGNED_IN, asked).all()
    if not rows:
        return VISITOR
    account, invitations, news = rows[0][:3]
    given = {(event, role) for *_, event, role in rows if role is not None}
    return replace(_actor(account, events, given), invitations=invitations, news=news)


_INVITATIONS = (
    select(func.count(TeamInvitation.id))
    .join(Team, Team.id == TeamInvitation.team_id)
    .where(
        TeamInvitation.account_id == Account.id,
        TeamInvitation.state == "waiting",
        Team.event.in_(bindparam("forming", expanding=True)),
    )
    .correlate(Account)
    .scalar_subquery()
)
_NEWS = (
    select(func.count(Notification.id))
    .where(
        Notification.account_id == Account.id,
        Notification.read_at.is_(None),
        Notification.kind != Kind.INVITATION.value,  # counted above, until they are answered
    )
    .correlate(Account)
    .scalar_subquery()
)
_SIGNED_IN = (
    select(Account, _INVITATIONS, _NEWS, Role.event, Role.role)
    .join(SignInSession, SignInSession.account_id == Account.id)
    .outerjoin(Role, Role.account_id == Account.id)
    .where(
        SignInSession.token_digest == bindparam("token_digest"),
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > bindparam("now"),
        Account.disabled_at.is_(None),
    )
)
"""Built once, since every page that somebody opens who is signed in begins with it; it counts
their invitations and their unread news along, which takes no statement more. A row for each role
that was given, or one without."""


def _find(session: Session, cookie: str, key: bytes) -> SignInSession | None:
    token = signed_value(key, COOKIE, cookie)
    return None if token is None else session.get(SignInSession, digest(token))


def actor_for(session: Session, account: Account, events: Iterable[Event]) -> Actor:
    """An account with its roles: those in the event files, and those given since."""
    rows = session.execute(_ROLES, {"account_id": account.id})
    return _actor(account, events, {(event, role) for event, role in rows})


def _actor(account: Account, events: Iterable[Event], given: set[tuple[str, str]]) -> Actor:
    names = {name.casefold() for name in (account.hub_name, account.email) if name}
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


_ROLES = select(Role.event, Role.role).where(Role.account_id == bindparam("account_id"))
