"""Organisers and jurors, beside those whom the event file names: given, taken, invited by link."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import Role, RoleInvitation
from gallery.errors import Invalid, NotFound
from gallery.event.event import Event
from gallery.names import isolated
from gallery.people import accounts, texts
from gallery.people.sessions import digest

INVITATION_LASTS = timedelta(days=7)
NOTE_MOST = 120


class RoleName(StrEnum):
    """What an event lets somebody do."""

    ORGANISER = "organiser"
    JUROR = "juror"


def role_name(value: str) -> RoleName:
    """Raises `Invalid`."""
    try:
        return RoleName(value)
    except ValueError:
        raise Invalid(
            f"a role is organiser or juror, got “{value[:40]}”; choose one", field="role"
        ) from None


def give(
    session: Session, actor: Actor, now: datetime, *, event: Event, name: str, role: str
) -> None:
    """To somebody who has an account. Raises `Invalid` when they have the role."""
    actor.require_organiser(event.slug)
    account = accounts.named(session, name)
    wanted = role_name(role)
    if session.get(Role, (event.slug, account.id, wanted.value)) is not None:
        raise Invalid(
            f"the role of {wanted} is held by {isolated(account.display_name)} already",
            field="name",
        )
    _give(session, now, event.slug, account.id, wanted, given_by=actor.account_id)
    _record(session, actor, now, event.slug, "role.given", ("account", account.id), wanted)


def take(
    session: Session, actor: Actor, now: datetime, *, event: Event, name: str, role: str
) -> None:
    """From somebody to whom it was given; the event file's are changed in the file."""
    actor.require_organiser(event.slug)
    account = accounts.named(session, name)
    found = session.get(Role, (event.slug, account.id, role_name(role).value))
    if found is None:
        raise Invalid(
            f"nobody made {isolated(account.display_name)} {role} here; "
            "who is named in the event file is taken out there",
            field="name",
        )
    session.delete(found)
    _record(session, actor, now, event.slug, "role.taken", ("account", account.id), role)


def invite(
    session: Session, actor: Actor, now: datetime, *, event: Event, role: str, note: str
) -> str:
    """The token of a link that makes whoever follows it first organiser or juror, for a week."""
    actor.require_organiser(event.slug)
    token = secrets.token_urlsafe(32)
    found = RoleInvitation(
        token_digest=digest(token),
        event=event.slug,
        role=role_name(role).value,
        note=texts.line(note, field="note", what="whom it is for", most=NOTE_MOST),
        created_at=now,
        created_by=actor.account_id,
        expires_at=now + INVITATION_LASTS,
    )
    session.add(found)
    session.flush()
    subject = ("role_invitation", found.id)
    _record(session, actor, now, event.slug, "role.invited", subject, role)
    return token


def take_back(
    session: Session, actor: Actor, now: datetime, *, event: Event, invitation_id: int
) -> None:
    """The link of an invitation that nobody has followed works no more."""
    actor.require_organiser(event.slug)
    found = session.get(RoleInvitation, invitation_id, with_for_update=True)
    if found is None or found.event != event.slug or found.used_at is not None:
        raise NotFound("there is no such open invitation; open the board again")
    session.delete(found)
    subject = ("role_invitation", found.id)
    _record(session, actor, now, event.slug, "role.invitation_taken_back", subject, found.role)


def look(session: Session, token: str, now: datetime) -> RoleInvitation:
    """What a link offers; looking does not use it up. Raises `NotFound`."""
    return _usable(session.scalar(_by_token(token)), now)


def follow(session: Session, actor: Actor, now: datetime, *, token: str) -> RoleInvitation:
    """Makes the actor what the link says, once."""
    account_id = actor.require_person("accept this invitation")
    found = _usable(session.scalar(_by_token(token).with_for_update()), now)
    found.used_at, found.used_by = now, account_id
    if session.get(Role, (found.event, account_id, found.role)) is None:
        _give(session, now, found.event, account_id, found.role, given_by=found.created_by)
    _record(session, actor, now, found.event, "role.given", ("account", account_id), found.role)
    return found


def _give(
    session: Session,
    now: datetime,
    event_slug: str,
    account_id: int,
    role: str,
    *,
    given_by: int | None,
) -> None:
    session.add(
        Role(event=event_slug, account_id=account_id, role=role, given_at=now, given_by=given_by)
    )


def _usable(found: RoleInvitation | None, now: datetime) -> RoleInvitation:
    if found is None or found.used_at is not None or found.expires_at <= now:
        raise NotFound("this invitation was used, is too old, or never was; ask for a new one")
    return found


def _by_token(token: str) -> Select[RoleInvitation]:
    return select(RoleInvitation).where(RoleInvitation.token_digest == digest(token))


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    event_slug: str,
    action: str,
    subject: tuple[str, object],
    role: str,
) -> None:
    record(
        session, actor, now, action, subject=subject, event=event_slug, details={"role": str(role)}
    )
