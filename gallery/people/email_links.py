"""One-time links by e-mail: asked for, looked at, used once within fifteen minutes."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.tables import Account, EmailLink
from gallery.errors import NotAllowed, NotFound
from gallery.people import accounts
from gallery.people.attempts import Limit
from gallery.people.mail import Mail
from gallery.people.sessions import digest
from gallery.people.texts import own_path

LASTS = timedelta(minutes=15)
ASKING = "asking for a sign-in link"
BY_BOTH = Limit(ASKING, "visitor for one e-mail address", most=5, within=timedelta(minutes=15))
BY_EMAIL = Limit(ASKING, "e-mail address", most=10, within=LASTS)
"""Who runs into this limit has links in their mailbox that still work: nobody locks them out."""
BY_ADDRESS = Limit(ASKING, "internet address", most=100, within=timedelta(hours=1))
"""A room full of people may share one."""
OPENING = Limit("opening a sign-in link", "internet address", most=100, within=timedelta(hours=1))


@dataclass(frozen=True)
class Opened:
    """What the page behind a link needs to say. `is_new`: there is no account yet."""

    email: str
    is_new: bool
    links_account_id: int | None
    next_path: str


def request(session: Session, email: str, now: datetime, *, next_path: str, actor: Actor) -> str:
    """A new link's token; for who is signed in, the link adds the address to their account.

    `email` as `texts.email_address` gives it.
    """
    token = secrets.token_urlsafe(32)
    session.add(
        EmailLink(
            token_digest=digest(token),
            email=email,
            account_id=actor.account_id,
            next_path=own_path(next_path),
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    return token


def look(session: Session, token: str, now: datetime) -> Opened:
    """Looking does not use it up: mail scanners open links, too. Raises `NotFound`."""
    link = _usable(session.get(EmailLink, digest(token)), now)
    owner = session.scalar(select(Account.id).where(Account.email == link.email))
    return Opened(link.email, owner is None, link.account_id, link.next_path)


def use(
    session: Session, actor: Actor, now: datetime, *, token: str, display_name: str
) -> tuple[Account, str]:
    """Who signs in, and where they wanted to go. All links to this address end with it."""
    row = session.get(EmailLink, digest(token), with_for_update=True, populate_existing=True)
    link = _usable(row, now)
    if link.account_id is None:
        account = accounts.of_email(session, link.email, now, display_name=display_name)
    elif link.account_id == actor.account_id:
        account = accounts.link_email(session, link.account_id, link.email, now)
    else:
        raise NotAllowed(
            "this link adds an address to an account; open it in the browser where you are "
            "signed in to that account"
        )
    session.execute(
        update(EmailLink)
        .where(EmailLink.email == link.email, EmailLink.used_at.is_(None))
        .values(used_at=now)
    )
    return account, link.next_path


def letter(base_url: str, email: str, token: str, event_name: str) -> Mail:
    """The message that carries the link."""
    minutes = int(LASTS.total_seconds() // 60)
    return Mail(
        email,
        f"Sign in to {event_name}",
        f"Open this link to sign in to {event_name}:\n\n{base_url}/sign-in/email/{token}\n\n"
        f"It works once, for {minutes} minutes. If you did not ask for it, do nothing: without "
        "the link nobody signs in.\n",
    )


def _usable(link: EmailLink | None, now: datetime) -> EmailLink:
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise NotFound("this link was used, is too old, or never was; ask for a new one")
    return link
