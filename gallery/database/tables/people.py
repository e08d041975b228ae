"""Accounts, how they sign in, and what an event lets them do."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gallery.database.tables.base import Base


class Account(Base):
    """A person. `name` is the handle in addresses; a Hub account, an e-mail address, or both."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    email: Mapped[str | None] = mapped_column(unique=True)
    """Known only to themselves and the organisers; never in an export."""
    hub_subject: Mapped[str | None] = mapped_column(unique=True)
    """The `sub` of the Hub's OpenID Connect, which stays when a name changes."""
    hub_name: Mapped[str | None] = mapped_column(unique=True)
    hub_organisations: Mapped[list[str]] = mapped_column(default=list)
    """Their organisations on the Hub, as of when they last signed in with it."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]


class SignInSession(Base):
    """A browser that is signed in. The cookie holds the token, the table its digest."""

    __tablename__ = "sign_in_sessions"

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class EmailLink(Base):
    """A one-time link that was sent; the address holds the token, the table its digest."""

    __tablename__ = "email_links"

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """The account that asked to sign in by this address as well; None when signing in."""
    next_path: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class HubSignIn(Base):
    """Somebody on the way to the Hub and back; the browser's cookie and the address hold `state`.

    It works once, in the browser that began it.
    """

    __tablename__ = "hub_sign_ins"

    state_digest: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """The account that asked to sign in by the Hub as well; None when signing in."""
    nonce: Mapped[str]
    code_verifier: Mapped[str]
    next_path: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Attempt(Base):
    """One try at something that is limited, by a key such as `sign-in:203.0.113.7`."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class Role(Base):
    """`organiser` or `juror` of one event, beside those whom the event file names."""

    __tablename__ = "roles"

    event: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    given_at: Mapped[datetime]
    given_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class RoleInvitation(Base):
    """A link that makes whoever follows it organiser or juror, once."""

    __tablename__ = "role_invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    event: Mapped[str] = mapped_column(index=True)
    role: Mapped[str]
    note: Mapped[str]
    """Whom it is meant for, in the inviter's words."""
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class SignUp(Base):
    """Somebody's wish to take part: `waiting`, `accepted`, `declined`, or `withdrawn` by them."""

    __tablename__ = "sign_ups"
    __table_args__ = (UniqueConstraint("event", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    about: Mapped[str]
    """What they would like to make, and what they bring."""
    state: Mapped[str]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decision: Mapped[str | None]
    """What the organisers wrote with it."""
    left_team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    """The team that somebody who was declined was taken out of: there they return."""
