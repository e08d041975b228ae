"""OAuth authorization requests: each works once, soon, in the browser that began it."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gallery.database.tables import HubSignIn
from gallery.errors import NotAllowed
from gallery.people.attempts import Limit
from gallery.people.sessions import digest
from gallery.people.texts import own_path

COOKIE = "sprint_hub_state"
LASTS = timedelta(minutes=15)
BY_ADDRESS = Limit("signing in by the Hub", "internet address", most=200, within=timedelta(hours=1))


@dataclass(frozen=True)
class Way:
    """What goes to the Hub along with the person, and what is checked when they come back."""

    state: str
    nonce: str
    code_verifier: str
    next_path: str
    account_id: int | None
    """The account to which the Hub is to be linked; None when signing in."""


def begin(session: Session, now: datetime, *, next_path: str, account_id: int | None) -> Way:
    """A new way; its `state` goes into the browser's cookie and to the Hub."""
    way = Way(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        code_verifier=secrets.token_urlsafe(48),
        next_path=own_path(next_path),
        account_id=account_id,
    )
    session.add(
        HubSignIn(
            state_digest=digest(way.state),
            account_id=account_id,
            nonce=way.nonce,
            code_verifier=way.code_verifier,
            next_path=way.next_path,
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    return way


def come_back(session: Session, now: datetime, *, state: str, cookie: str | None) -> Way:
    """Uses the way up; commit before the Hub is asked. Raises `NotAllowed`."""
    known = cookie is not None and hmac.compare_digest(state.encode(), cookie.encode())
    row = (
        session.get(HubSignIn, digest(state), with_for_update=True, populate_existing=True)
        if known
        else None
    )
    if row is None or row.used_at is not None or row.expires_at <= now:
        raise NotAllowed(
            "this way back from the Hub was used, is too old, or began in another browser; "
            "sign in again"
        )
    row.used_at = now
    return Way(state, row.nonce, row.code_verifier, row.next_path, row.account_id)
