"""Organisers and jurors, beside those whom the event file names: given, taken, invited by link."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import Role, RoleInvitation
from gallery.errors import Invalid, NotFound
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


def give(act: Act, *, name: str, role: str) -> None:
    """To somebody who has an account. Raises `Invalid` when they have the role."""
    act.actor.require_organiser(act.event.slug)
    account = accounts.named(act.session, name)
    wanted = role_name(role)
    if act.session.get(Role, (act.event.slug, account.id, wanted.value)) is not None:
        raise Invalid(
            f"the role of {wanted} is held by {isolated(account.display_name)} already",
            field="name",
        )
    _give(act.session, act.now, act.event.slug, account.id, wanted, given_by=act.actor.account_id)
    act.record("role.given", subject=("account", account.id), details={"role": str(wanted)})


def take(act: Act, *, name: str, role: str) -> None:
    """From somebody to whom it was given; the event file's are changed in the file."""
    act.actor.require_organiser(act.event.slug)
    account = accounts.named(act.session, name)
    found = act.session.get(Role, (act.event.slug, account.id, role_name(role).value))
    if found is None:
        raise Invalid(
            f"nobody made {isolated(account.display_name)} {role} here; "
            "who is named in the event file is taken out there",
            field="name",
        )
    act.session.delete(found)
    act.record("role.taken", subject=("account", account.id), details={"role": str(role)})


def invite(act: Act, *, role: str, note: str) -> str:
    """The token of a link that makes whoever follows it first organiser or juror, for a week."""
    act.actor.require_organiser(act.event.slug)
    token = secrets.token_urlsafe(32)
    found = RoleInvitation(
        token_digest=digest(token),
        event=act.event.slug,
        role=role_name(role).value,
        note=texts.line(note, field="note", what="whom it is for", most=NOTE_MOST),
        created_at=act.now,
        created_by=act.actor.account_id,
        expires_at=act.now + INVITATION_LASTS,
    )
    act.session.add(found)
    act.session.flush()
    subject = ("role_invitation", found.id)
    act.record("role.invited", subject=subject, details={"role": str(role)})
    return token


def take_back(act: Act, *, invitation_id: int) -> None:
    """The link of an invitation that nobody has followed works no more."""
    act.actor.require_organiser(act.event.slug)
    found = act.session.get(RoleInvitation, invitation_id, with_for_update=True)
    if found is None or found.event != act.event.slug or found.used_at is not None:
        raise NotFound("there is no such open invitation; open the board again")
    act.session.delete(found)
    subject = ("role_invitation", found.id)
    act.record("role.invitation_taken_back", subject=subject, details={"role": str(found.role)})


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
    record(
        session,
        actor,
        now,
        "role.given",
        subject=("account", account_id),
        event=found.event,
        details={"role": found.role},
    )
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
