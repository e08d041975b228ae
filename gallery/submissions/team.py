"""Whose submission it is: the actor's team in an event, or a team of one made on the spot."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Account, Submission, Team
from gallery.event.event import Event
from gallery.names import is_visible
from gallery.teams import memberships, teams


def team_of(session: Session, actor: Actor, *, event: Event) -> Team | None:
    """The team that the actor is in, or whose token speaks; None when there is none here."""
    if actor.token_team_id is not None:
        team = session.get(Team, actor.token_team_id)
        return team if team is not None and team.event == event.slug else None
    if actor.account_id is None:
        return None
    seat = memberships.of(session, actor.account_id, event)
    return None if seat is None else seat.team


def team_of_one(act: Act, *, name: str) -> Team:
    """A team with the actor alone in it, so that handing in never waits for a form elsewhere.

    It is called `name`, or like the person; the checks say that a team should have more members.
    """
    account = act.session.get_one(Account, act.actor.require_account("hand in a demo"))
    person = account.display_name if is_visible(account.display_name) else account.name
    chosen = name.strip() or teams.free_name(act.session, act.event, person)
    return teams.form_alone(act, name=chosen)


def submissions_of(session: Session, actor: Actor, *, event: Event) -> tuple[Submission, ...]:
    """Everything that the actor's team has here, drafts and withdrawn ones too, newest first."""
    team = team_of(session, actor, event=event)
    if team is None:
        return ()
    found = select(Submission).where(Submission.team_id == team.id).order_by(Submission.id.desc())
    return tuple(session.scalars(found))
