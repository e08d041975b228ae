"""Whose submission it is: the actor's team in an event, or a team of one made on the spot."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.database.log import record
from gallery.database.tables import Account, Membership, Team
from gallery.errors import Invalid
from gallery.event.event import Event
from gallery.people.actor import Actor
from gallery.people.texts import line


def team_of(session: Session, actor: Actor, *, event: Event) -> Team | None:
    """The team that the actor is in, or whose token speaks; None when there is none here."""
    if actor.token_team_id is not None:
        team = session.get(Team, actor.token_team_id)
        return team if team is not None and team.event == event.slug else None
    if actor.account_id is None:
        return None
    return session.scalars(
        select(Team)
        .join(Membership)
        .where(Membership.account_id == actor.account_id, Membership.event == event.slug)
    ).one_or_none()


def team_of_one(session: Session, actor: Actor, now: datetime, *, event: Event, name: str) -> Team:
    """A team with the actor alone in it, so that handing in never waits for a form elsewhere.

    It is called `name`, or like the person; the checks say that a team should have more members.
    """
    account_id = actor.require_account("hand in a demo")
    account = session.get_one(Account, account_id)
    chosen = line(name, field="team_name", what="the team's name", least=0, most=60)
    if chosen and _is_taken(session, event, chosen):
        raise Invalid(
            f"another team is called {chosen!r} already; choose another name, or ask to join it",
            field="team_name",
        )
    team = Team(
        event=event.slug,
        name=chosen or _free_name(session, event, account.display_name or account.name),
        about="",
        lead_id=account_id,
        created_at=now,
    )
    session.add(team)
    session.flush()
    session.add(Membership(team_id=team.id, account_id=account_id, event=event.slug, joined_at=now))
    record(session, actor, now, "team.created", subject=("team", team.id), event=event.slug)
    return team


def _free_name(session: Session, event: Event, wanted: str) -> str:
    name, number = wanted, 1
    while _is_taken(session, event, name):
        number += 1
        name = f"{wanted} {number}"
    return name


def _is_taken(session: Session, event: Event, name: str) -> bool:
    taken = select(Team.id).where(
        Team.event == event.slug, Team.name == name, Team.dissolved_at.is_(None)
    )
    return session.scalars(taken).first() is not None
