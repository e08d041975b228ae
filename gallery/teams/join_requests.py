"""Asking to work on an idea: its author, or the lead of its team, says yes or no."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import Account, Idea, JoinRequest, Team
from gallery.errors import Invalid, NotAllowed, NotFound, Stale
from gallery.event.event import Event, PhaseKey
from gallery.people import letters, texts
from gallery.teams import ideas, memberships, sign_ups, teams

MESSAGE_MOST = 1000


def team_of(session: Session, idea_id: int) -> Team | None:
    """The team that works on an idea."""
    return session.scalar(select(Team).where(Team.idea_id == idea_id, Team.dissolved_at.is_(None)))


def decider_id(session: Session, idea: Idea) -> int | None:
    """Who may say yes: the lead of the idea's team, or its author while there is none."""
    team = team_of(session, idea.id)
    return idea.author_id if team is None else team.lead_id


def ask(
    session: Session, actor: Actor, now: datetime, *, event: Event, idea_id: int, message: str
) -> JoinRequest:
    """One for each person and idea; asking again changes the message, or asks once more."""
    event.require_open(PhaseKey.TEAM_FORMING, now, "asking to join")
    account = sign_ups.require_participant(session, actor, now, event=event, doing="ask to join")
    idea = ideas.shown(session, event, idea_id)
    if account.id == idea.author_id or account.id == decider_id(session, idea):
        raise Invalid("this idea is yours; form its team", field="message")
    found = session.scalar(
        select(JoinRequest).where(
            JoinRequest.idea_id == idea.id, JoinRequest.account_id == account.id
        )
    )
    if found is None:
        found = JoinRequest(idea_id=idea.id, account_id=account.id)
        session.add(found)
    found.message = texts.paragraphs(
        message, field="message", what="the message", most=MESSAGE_MOST
    )
    found.state, found.created_at, found.decided_at = "waiting", now, None
    session.flush()
    _record(session, actor, now, event, found, "join_request.made")
    decider = decider_id(session, idea)
    letters.join_request(session, actor, now, event, idea, found, decider_id=decider)
    return found


def take_back(
    session: Session, actor: Actor, now: datetime, *, event: Event, request_id: int
) -> None:
    """By who asked."""
    account_id = actor.require_person("take this back")
    found = _waiting(session, event, request_id)
    if found.account_id != account_id:
        raise _none()
    session.delete(found)
    _record(session, actor, now, event, found, "join_request.taken_back")


def accept(session: Session, actor: Actor, now: datetime, *, event: Event, request_id: int) -> Team:
    """Takes who asked into the idea's team; forms it, led by the author, if there is none."""
    event.require_open(PhaseKey.TEAM_FORMING, now, "joining a team")
    actor_id = actor.require_person("answer this")
    asked = session.get(JoinRequest, request_id)
    if asked is None:
        raise _none()
    people = _locked_accounts(session, actor_id, asked.account_id)
    found = _waiting(session, event, request_id)
    idea = ideas.shown(session, event, found.idea_id)
    _require_decider(session, actor_id, idea)
    who = people[found.account_id]
    sign_ups.require_standing(session, actor, now, event=event, account=who)
    team = team_of(session, idea.id)
    if team is None:
        lead = people[actor_id]
        own = memberships.of(session, lead.id, event)
        team = (
            own.team
            if own is not None and own.team.idea_id is None and own.team.lead_id == lead.id
            else teams.form_from_idea(session, actor, now, event=event, idea=idea, lead=lead)
        )
        team.idea_id = idea.id
    found.state, found.decided_at = "accepted", now
    _record(session, actor, now, event, found, "join_request.accepted")
    joined = memberships.seat(session, actor, now, event=event, team_id=team.id, account=who)
    letters.join_answer(session, now, event, idea, found, team=joined)
    return joined


def decline(
    session: Session, actor: Actor, now: datetime, *, event: Event, request_id: int
) -> None:
    """They may ask once more."""
    actor_id = actor.require_person("answer this")
    found = _waiting(session, event, request_id)
    idea = ideas.shown(session, event, found.idea_id)
    _require_decider(session, actor_id, idea)
    found.state, found.decided_at = "declined", now
    _record(session, actor, now, event, found, "join_request.declined")
    letters.join_answer(session, now, event, idea, found, team=None)


def _locked_accounts(session: Session, *account_ids: int) -> dict[int, Account]:
    return {
        one: session.get_one(
            Account, one, with_for_update={"key_share": True}, populate_existing=True
        )
        for one in sorted(set(account_ids))
    }


def _waiting(session: Session, event: Event, request_id: int) -> JoinRequest:
    found = session.get(JoinRequest, request_id, with_for_update=True, populate_existing=True)
    if found is None or session.get_one(Idea, found.idea_id).event != event.slug:
        raise _none()
    if found.state != "waiting":
        raise Stale(f"this was {found.state} already; open the idea again")
    return found


def _require_decider(session: Session, actor_id: int, idea: Idea) -> None:
    if decider_id(session, idea) != actor_id:
        raise NotAllowed("this is for the idea's author, or the lead of its team; ask them")


def _none() -> NotFound:
    return NotFound("nobody asks this (any more); open the idea again")


def _record(
    session: Session, actor: Actor, now: datetime, event: Event, found: JoinRequest, action: str
) -> None:
    record(
        session,
        actor,
        now,
        action,
        subject=("join_request", found.id),
        event=event.slug,
        details={"idea": found.idea_id, "account": found.account_id},
    )
