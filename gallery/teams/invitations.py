"""A team's lead asks people by name; they say yes or no."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from gallery.act import Act
from gallery.database.tables import Team, TeamInvitation
from gallery.errors import Invalid, NotAllowed, NotFound, Stale
from gallery.event.event import Event, PhaseKey
from gallery.names import isolated
from gallery.people import accounts, letters
from gallery.teams import memberships, sign_ups

WAITING_MOST = 20
"""Invitations of one team that nobody has answered yet."""


def invite(act: Act, *, team_id: int, name: str) -> None:
    """By the team's lead; who is invited is told."""
    act.event.require_open(PhaseKey.TEAM_FORMING, act.now, "inviting people")
    actor_id = act.actor.require_person("invite somebody")
    team = memberships.locked_team(act.session, act.event, team_id)
    _require_lead(actor_id, team)
    who = accounts.named(act.session, name)
    there = memberships.of(act.session, who.id, act.event)
    if there is not None and there.team_id == team.id:
        raise Invalid(f"the team has {isolated(who.display_name)} in it already", field="name")
    open_ones = select(TeamInvitation).where(
        TeamInvitation.team_id == team.id, TeamInvitation.state == "waiting"
    )
    if act.session.scalar(open_ones.where(TeamInvitation.account_id == who.id)) is not None:
        raise Invalid(
            f"an invitation waits for {isolated(who.display_name)} already; wait for the answer",
            field="name",
        )
    if (
        act.session.scalar(select(func.count()).select_from(open_ones.subquery())) or 0
    ) >= WAITING_MOST:
        raise Invalid(
            f"{WAITING_MOST} people have not answered yet; take an invitation back first",
            field="name",
        )
    found = TeamInvitation(
        team_id=team.id, account_id=who.id, invited_by=actor_id, state="waiting", created_at=act.now
    )
    act.session.add(found)
    act.session.flush()
    _record(act, found, "team_invitation.made")
    letters.invitation(act, team, found)


def waiting(session: Session, account_id: int) -> tuple[TeamInvitation, ...]:
    """What somebody has not answered yet, in every event."""
    return tuple(
        session.scalars(
            select(TeamInvitation)
            .options(joinedload(TeamInvitation.team))
            .where(TeamInvitation.account_id == account_id, TeamInvitation.state == "waiting")
            .order_by(TeamInvitation.id)
        )
    )


def accept(act: Act, *, invitation_id: int) -> Team:
    """By the one who was invited. Raises `Invalid` when the team is full by now."""
    act.event.require_open(PhaseKey.TEAM_FORMING, act.now, "joining a team")
    account = sign_ups.require_participant(act, doing="join a team")
    found = _waiting(act.session, act.event, invitation_id, account_id=account.id)
    found.state, found.decided_at = "accepted", act.now
    _record(act, found, "team_invitation.accepted")
    return memberships.seat(act, team_id=found.team_id, account=account)


def decline(act: Act, *, invitation_id: int) -> None:
    """By the one who was invited."""
    account_id = act.actor.require_person("answer an invitation")
    found = _waiting(act.session, act.event, invitation_id, account_id=account_id)
    found.state, found.decided_at = "declined", act.now
    _record(act, found, "team_invitation.declined")


def take_back(act: Act, *, invitation_id: int) -> None:
    """By the team's lead."""
    actor_id = act.actor.require_person("take an invitation back")
    found = _waiting(act.session, act.event, invitation_id)
    _require_lead(actor_id, act.session.get_one(Team, found.team_id))
    found.state, found.decided_at = "taken_back", act.now
    _record(act, found, "team_invitation.taken_back")


def _waiting(
    session: Session, event: Event, invitation_id: int, *, account_id: int | None = None
) -> TeamInvitation:
    """Another person's is told like none."""
    found = session.get(TeamInvitation, invitation_id, with_for_update=True, populate_existing=True)
    if (
        found is None
        or session.get_one(Team, found.team_id).event != event.slug
        or (account_id is not None and found.account_id != account_id)
    ):
        raise NotFound("there is no such invitation; open the team again")
    if found.state != "waiting":
        state = found.state.replace("_", " ")
        raise Stale(f"this invitation was {state} already; open the team again")
    return found


def _require_lead(actor_id: int, team: Team) -> None:
    if team.lead_id != actor_id:
        raise NotAllowed("this is for the team's lead; ask them")


def _record(act: Act, found: TeamInvitation, action: str) -> None:
    act.record(
        action,
        subject=("team_invitation", found.id),
        details={"team": found.team_id, "account": found.account_id},
    )
