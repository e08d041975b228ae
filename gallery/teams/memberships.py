"""Seats in teams, and what always holds: one team per person and event, at most `team_max`
people in a team, and a lead who is one of them.

Everything that changes a seat passes here. Accounts are locked before teams, and each kind in the
order of ids, so that changes follow each other and never wait in a circle.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import (
    Account,
    JoinRequest,
    Membership,
    Submission,
    Team,
    TeamInvitation,
    TeamToken,
)
from gallery.errors import Invalid, NotFound
from gallery.event.event import Event
from gallery.names import isolated
from gallery.people import texts


def of(session: Session, account_id: int, event: Event) -> Membership | None:
    """The seat of a person in an event, if they have one."""
    return session.scalar(
        select(Membership).where(
            Membership.account_id == account_id, Membership.event == event.slug
        )
    )


def size(session: Session, team_id: int) -> int:
    """How many people are in a team."""
    return session.scalar(select(func.count()).where(Membership.team_id == team_id)) or 0


def locked_team(session: Session, event: Event, team_id: int) -> Team:
    """The team, which nobody else changes until this transaction ends. Raises `NotFound`."""
    existing_team(session, event, team_id)
    session.get(Team, team_id, with_for_update={"key_share": True}, populate_existing=True)
    return existing_team(session, event, team_id)  # it may have ended while we waited


def existing_team(session: Session, event: Event, team_id: int) -> Team:
    """Raises `NotFound` for another event's and for one that has ended, too."""
    team = session.get(Team, team_id) if 0 < team_id <= texts.ROW_MAX else None
    if team is None or team.event != event.slug or team.dissolved_at is not None:
        raise NotFound("there is no such team in this event; look at the list of teams")
    return team


def locked_teams(session: Session, event: Event, team_ids: Iterable[int]) -> dict[int, Team]:
    """Several at once, in the order of their ids."""
    return {one: locked_team(session, event, one) for one in sorted(set(team_ids))}


def seat(act: Act, *, team_id: int, account: Account) -> Team:
    """Takes a locked account into a team. Raises `Invalid` when there is no room.

    Who is alone in another team brings their drafts and demos along; that team ends.
    """
    old = of(act.session, account.id, act.event)
    if old is not None and old.team_id == team_id:
        raise Invalid(f"this team has {isolated(account.display_name)} in it already", field="team")
    teams = locked_teams(act.session, act.event, {team_id} | ({old.team_id} if old else set()))
    team = teams[team_id]
    if size(act.session, team.id) >= act.event.team_max:
        raise Invalid(
            f"“{isolated(team.name)}” is full ({act.event.team_max} of {act.event.team_max}); "
            "somebody must leave before anybody can join",
            field="team",
        )
    if old is not None:
        _merge(act, old=teams[old.team_id], into=team, who=account)
    act.session.add(
        Membership(team_id=team.id, account_id=account.id, event=act.event.slug, joined_at=act.now)
    )
    if team.lead_id is None:
        team.lead_id = account.id
    act.session.flush()
    _answer(act.session, act.now, team, account)
    act.record("team.joined", subject=("team", team.id), details={"account": account.id})
    return team


def _answer(session: Session, now: datetime, team: Team, account: Account) -> None:
    """Whichever way somebody came in: what else waited for the same seat waits no more."""
    answered = {"state": "accepted", "decided_at": now}
    session.execute(
        update(JoinRequest)
        .where(
            JoinRequest.idea_id == team.idea_id,
            JoinRequest.account_id == account.id,
            JoinRequest.state == "waiting",
        )
        .values(answered)
    )
    session.execute(
        update(TeamInvitation)
        .where(
            TeamInvitation.team_id == team.id,
            TeamInvitation.account_id == account.id,
            TeamInvitation.state == "waiting",
        )
        .values(answered)
    )


def unseat(act: Act, *, team: Team, account_id: int) -> None:
    """Takes a person out of a locked team; their tokens end, and the lead passes on.

    A team may be empty afterwards: the caller dissolves it or keeps it for what it handed in.
    """
    seat = act.session.get(Membership, (team.id, account_id))
    if seat is None:
        raise NotFound("this person is not in the team (any more); look at the team again")
    act.session.delete(seat)
    act.session.flush()
    _end_tokens(
        act.session, act.now, TeamToken.team_id == team.id, TeamToken.account_id == account_id
    )
    if team.lead_id == account_id:
        team.lead_id = act.session.scalar(
            select(Membership.account_id)
            .where(Membership.team_id == team.id)
            .order_by(Membership.joined_at, Membership.account_id)
            .limit(1)
        )
    act.record(
        "team.left",
        subject=("team", team.id),
        details={"account": account_id, "lead": team.lead_id},
    )


def take_out(act: Act, *, account_id: int) -> None:
    """Out of whatever team they are in, because they take part no more.

    An empty team ends, unless a demo of it is handed in: that one stays, without a team.
    """
    seat = of(act.session, account_id, act.event)
    if seat is None:
        return
    team = locked_team(act.session, act.event, seat.team_id)
    unseat(act, team=team, account_id=account_id)
    if team.lead_id is None and _handed_in(act.session, team) is None:
        dissolve(act, team=team)


def dissolve(act: Act, *, team: Team) -> None:
    """Ends a locked team: seats, invitations and tokens go, its name is free again.

    Raises `Invalid` while one of its demos is handed in.
    """
    shown = _handed_in(act.session, team)
    if shown is not None:
        raise Invalid(
            f"“{isolated(team.name)}” has handed in “{isolated(shown)}”; withdraw it first, "
            "or pass the lead on and leave",
            field="team",
        )
    for account_id in act.session.scalars(
        select(Membership.account_id).where(Membership.team_id == team.id)
    ).all():
        unseat(act, team=team, account_id=account_id)
    act.session.execute(
        update(TeamInvitation)
        .where(TeamInvitation.team_id == team.id, TeamInvitation.state == "waiting")
        .values(state="taken_back", decided_at=act.now)
    )
    _end_tokens(act.session, act.now, TeamToken.team_id == team.id)
    team.dissolved_at = act.now
    team.lead_id = None
    act.session.flush()
    act.record("team.dissolved", subject=("team", team.id))


def _handed_in(session: Session, team: Team) -> str | None:
    """The title of a demo that everybody can see."""
    return session.scalar(
        select(Submission.title)
        .where(Submission.team_id == team.id, Submission.state == "submitted")
        .limit(1)
    )


def _merge(act: Act, *, old: Team, into: Team, who: Account) -> None:
    if size(act.session, old.id) > 1:
        raise Invalid(
            f"the team “{isolated(old.name)}” has {isolated(who.display_name)} in it; "
            "they must leave it before they join another",
            field="team",
        )
    act.session.execute(
        update(Submission).where(Submission.team_id == old.id).values(team_id=into.id)
    )
    dissolve(act, team=old)


def _end_tokens(session: Session, now: datetime, *whose: ColumnElement[bool]) -> None:
    session.execute(
        update(TeamToken).where(TeamToken.ended_at.is_(None), *whose).values(ended_at=now)
    )
