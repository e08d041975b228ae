"""Asking to work on an idea: its author, or the lead of its team, says yes or no."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
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


def ask(act: Act, *, idea_id: int, message: str) -> JoinRequest:
    """One for each person and idea; asking again changes the message, or asks once more."""
    act.event.require_open(PhaseKey.TEAM_FORMING, act.now, "asking to join")
    account = sign_ups.require_participant(act, doing="ask to join")
    idea = ideas.shown(act.session, act.event, idea_id)
    if account.id == idea.author_id or account.id == decider_id(act.session, idea):
        raise Invalid("this idea is yours; form its team", field="message")
    found = act.session.scalar(
        select(JoinRequest).where(
            JoinRequest.idea_id == idea.id, JoinRequest.account_id == account.id
        )
    )
    if found is None:
        found = JoinRequest(idea_id=idea.id, account_id=account.id)
        act.session.add(found)
    found.message = texts.paragraphs(
        message, field="message", what="the message", most=MESSAGE_MOST
    )
    found.state, found.created_at, found.decided_at = "waiting", act.now, None
    act.session.flush()
    _record(act, found, "join_request.made")
    decider = decider_id(act.session, idea)
    letters.join_request(act, idea, found, decider_id=decider)
    return found


def take_back(act: Act, *, request_id: int) -> None:
    """By who asked."""
    account_id = act.actor.require_person("take this back")
    found = _waiting(act.session, act.event, request_id)
    if found.account_id != account_id:
        raise _none()
    act.session.delete(found)
    _record(act, found, "join_request.taken_back")


def accept(act: Act, *, request_id: int) -> Team:
    """Takes who asked into the idea's team; forms it, led by the author, if there is none."""
    act.event.require_open(PhaseKey.TEAM_FORMING, act.now, "joining a team")
    actor_id = act.actor.require_person("answer this")
    asked = act.session.get(JoinRequest, request_id)
    if asked is None:
        raise _none()
    people = _locked_accounts(act.session, actor_id, asked.account_id)
    found = _waiting(act.session, act.event, request_id)
    idea = ideas.shown(act.session, act.event, found.idea_id)
    _require_decider(act.session, actor_id, idea)
    who = people[found.account_id]
    sign_ups.require_standing(act, account=who)
    team = team_of(act.session, idea.id)
    if team is None:
        lead = people[actor_id]
        own = memberships.of(act.session, lead.id, act.event)
        team = (
            own.team
            if own is not None and own.team.idea_id is None and own.team.lead_id == lead.id
            else teams.form_from_idea(act, idea=idea, lead=lead)
        )
        team.idea_id = idea.id
    found.state, found.decided_at = "accepted", act.now
    _record(act, found, "join_request.accepted")
    joined = memberships.seat(act, team_id=team.id, account=who)
    letters.join_answer(act.session, act.now, act.event, idea, found, team=joined)
    return joined


def decline(act: Act, *, request_id: int) -> None:
    """They may ask once more."""
    actor_id = act.actor.require_person("answer this")
    found = _waiting(act.session, act.event, request_id)
    idea = ideas.shown(act.session, act.event, found.idea_id)
    _require_decider(act.session, actor_id, idea)
    found.state, found.decided_at = "declined", act.now
    _record(act, found, "join_request.declined")
    letters.join_answer(act.session, act.now, act.event, idea, found, team=None)


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


def _record(act: Act, found: JoinRequest, action: str) -> None:
    act.record(
        action,
        subject=("join_request", found.id),
        details={"idea": found.idea_id, "account": found.account_id},
    )
