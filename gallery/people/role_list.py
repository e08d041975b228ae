"""Who may do what in an event, and which links to a role are open."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Account, Role, RoleInvitation
from gallery.event.event import Event


@dataclass(frozen=True)
class RoleRow:
    """`in_file`: named by the event file, where alone it can be changed."""

    role: str
    name: str
    in_file: bool
    given_at: datetime | None


def role_rows(session: Session, actor: Actor, *, event: Event) -> tuple[RoleRow, ...]:
    """Organisers, then jurors: those of the event file, and those given here."""
    actor.require_organiser(event.slug)
    in_file = [RoleRow("organiser", name, True, None) for name in event.organisers]
    in_file += [RoleRow("juror", name, True, None) for name in event.jurors]
    given = session.execute(
        select(Role, Account.name)
        .join(Account, Account.id == Role.account_id)
        .where(Role.event == event.slug)
        .order_by(Role.given_at, Account.name)
    )
    every = [*in_file, *(RoleRow(row.role, name, False, row.given_at) for row, name in given)]
    return tuple(sorted(every, key=lambda row: row.role != "organiser"))


def unmatched(session: Session, event: Event) -> tuple[str, ...]:
    """Whom the event file names and no account answers to: nobody of that name signed in yet."""
    rows = session.execute(select(Account.hub_name, Account.email))
    known = {name.casefold() for row in rows for name in row if name}
    named = dict.fromkeys((*event.organisers, *event.jurors))
    return tuple(name for name in named if name.casefold() not in known)


def open_role_invitations(act: Act) -> tuple[RoleInvitation, ...]:
    """Links that nobody has followed yet."""
    act.actor.require_organiser(act.event.slug)
    return tuple(
        act.session.scalars(
            select(RoleInvitation)
            .where(
                RoleInvitation.event == act.event.slug,
                RoleInvitation.used_at.is_(None),
                RoleInvitation.expires_at > act.now,
            )
            .order_by(RoleInvitation.id)
        )
    )
