"""Teams: formed by who will lead them, named, led, left, dissolved."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from gallery.act import Act
from gallery.database.tables import Account, Idea, Membership, Team
from gallery.errors import Closed, Invalid, NotAllowed, NotFound, Stale
from gallery.event.event import Event, PhaseKey
from gallery.event.phase import told
from gallery.names import isolated, name_key
from gallery.people import accounts, texts
from gallery.teams import memberships, sign_ups

NAME_MOST = 60
ABOUT_MOST = 2000


def form(act: Act, *, name: str, about: str = "", idea_id: int | None = None) -> Team:
    """A team whose lead and only member is the actor; perhaps around an idea."""
    act.event.require_open(PhaseKey.TEAM_FORMING, act.now, "forming teams")
    account = sign_ups.require_participant(act, doing="form a team")
    return _form(act, account, name=name, about=about, idea_id=idea_id)


def form_alone(act: Act, *, name: str) -> Team:
    """For who hands in a demo without a team: while submissions are open, and a team of one."""
    if not act.event.is_open(PhaseKey.TEAM_FORMING, act.now):
        act.event.require_open(PhaseKey.SUBMISSION, act.now, "submitting")
    account = sign_ups.require_participant(act, doing="submit a demo")
    return _form(act, account, name=name, about="", idea_id=None)


def form_from_idea(act: Act, *, idea: Idea, lead: Account) -> Team:
    """The team of an idea, named after it, when its author takes somebody in."""
    act.event.require_open(PhaseKey.TEAM_FORMING, act.now, "forming teams")
    sign_ups.require_standing(act, account=lead)
    name = free_name(act.session, act.event, idea.title)
    return _form(act, lead, name=name, about="", idea_id=idea.id)


def edit(act: Act, *, team_id: int, name: str, about: str | None, number: int) -> Team:
    """By the lead, also through a token of theirs, or the organisers.

    `number` is the team's when the change was begun; the text stays where `about` is None.
    """
    if act.actor.token_team_id not in (None, team_id):
        raise NotAllowed("a team's token changes its own team only; take that team's token")
    team = _of_lead(act, team_id=team_id)
    if team.number != number:
        raise Stale("somebody changed the team in between; look at it and make your change again")
    renamed = _name(act.session, act.event, name, of=team)
    if about is not None:
        team.about = texts.paragraphs(about, field="about", what="the text", most=ABOUT_MOST)
    team.number += 1
    if renamed != team.name:
        team.name = renamed
        _flush_name(act.session, renamed)
    act.record("team.edited", subject=("team", team.id))
    return team


def leave(act: Act, *, team_id: int) -> None:
    """The lead passes to who has been there longest; with the last one the team ends."""
    account = accounts.locked(act.session, act.actor.require_person("leave a team"))
    _require_before_deadline(act.event, act.now)
    _take_out(act, team_id, account.id)


def remove_member(act: Act, *, team_id: int, account_id: int) -> None:
    """By the lead or the organisers."""
    act.session.get(
        Account, account_id, with_for_update={"key_share": True}, populate_existing=True
    )
    _led(act, team_id=team_id)
    _take_out(act, team_id, account_id)


def pass_lead(act: Act, *, team_id: int, account_id: int) -> None:
    """To another member, by the lead or the organisers."""
    team = _led(act, team_id=team_id)
    if act.session.get(Membership, (team.id, account_id)) is None:
        raise NotFound("the new lead must be in the team; look at the team again")
    team.lead_id = account_id
    act.record("team.lead_passed", subject=("team", team.id), details={"account": account_id})


def dissolve(act: Act, *, team_id: int) -> None:
    """By the lead or the organisers; not while one of its demos is handed in."""
    team = _led(act, team_id=team_id)
    memberships.dissolve(act, team=team)


def claim(act: Act, *, team_id: int) -> Team:
    """A collected team becomes that of the person whose Hub account its Space belongs to."""
    account = accounts.locked(act.session, act.actor.require_person("claim a team"))
    team = memberships.locked_team(act.session, act.event, team_id)
    if team.lead_id is not None or not accounts.is_on_hub(account, team.hub_owner or ""):
        raise NotAllowed(
            "this team is claimed by the Hub account that its Space belongs to, or by who is in "
            "that organisation; sign in with it, or ask the organisers"
        )
    return memberships.seat(act, team_id=team_id, account=account)


def _form(act: Act, lead: Account, *, name: str, about: str, idea_id: int | None) -> Team:
    old = memberships.of(act.session, lead.id, act.event)
    if old is not None:
        raise Invalid(
            f"you are in the team “{isolated(old.team.name)}”; leave it before you form another",
            field="team",
        )
    if idea_id is not None:
        _require_free(act.session, act.event, idea_id, lead.id)
    team = Team(
        event=act.event.slug,
        name=_name(act.session, act.event, name),
        about=texts.paragraphs(about, field="about", what="the text", most=ABOUT_MOST),
        idea_id=idea_id,
        lead_id=lead.id,
        created_at=act.now,
    )
    act.session.add(team)
    _flush_name(act.session, team.name)
    act.record("team.formed", subject=("team", team.id), details={"idea": idea_id})
    memberships.seat(act, team_id=team.id, account=lead)
    return team


def _require_free(session: Session, event: Event, idea_id: int, lead_id: int) -> None:
    """An idea is its author's, until they work on another; and it gets one team."""
    idea = session.get(Idea, idea_id, with_for_update=True, populate_existing=True)
    if idea is None or idea.event != event.slug or idea.hidden_at is not None:
        raise NotFound("there is no such idea in this event; look at the list of ideas")
    taken = session.scalar(
        select(Team.name).where(Team.idea_id == idea.id, Team.dissolved_at.is_(None))
    )
    if taken is not None:
        raise Invalid(
            f"the team “{taken}” works on this idea already; ask to join it", field="idea"
        )
    if idea.author_id != lead_id and memberships.of(session, idea.author_id, event) is None:
        raise NotAllowed("this idea's author forms its team; ask them to take you in")


def free_name(session: Session, event: Event, wanted: str) -> str:
    """What is wanted, shortened, with a number behind it where a team is called so already."""
    taken = set(session.scalars(_standing(event, Team.name_key)))
    wanted = wanted[:NAME_MOST].rstrip()
    name, number = wanted, 1
    while name_key(name) in taken:
        number += 1
        name = f"{wanted[: NAME_MOST - 4].rstrip()} {number}"
    return name


def _name(session: Session, event: Event, name: str, *, of: Team | None = None) -> str:
    """Its own name may stay: before names were compared like this, others got the same."""
    line = texts.line(name, field="name", what="the team's name", most=NAME_MOST)
    if of is not None and line == of.name:
        return line
    taken = session.scalar(
        _standing(event, Team.name).where(
            Team.name_key == name_key(line), Team.id.is_distinct_from(of.id if of else None)
        )
    )
    if taken is not None:
        raise _taken(taken)
    return line


def _standing(event: Event, column: InstrumentedAttribute[str]) -> Select[str]:
    return select(column).where(Team.event == event.slug, Team.dissolved_at.is_(None))


def _flush_name(session: Session, name: str) -> None:
    """On PostgreSQL, two may take a name at once: the index lets one through."""
    try:
        session.flush()
    except IntegrityError:
        raise _taken(name) from None


def _taken(name: str) -> Invalid:
    said = f"a team is called “{isolated(name)}” already; choose another name"
    return Invalid(said, field="name")


def _led(act: Act, *, team_id: int) -> Team:
    """The locked team, for a person who leads or organises it; not for a token."""
    if not act.actor.is_program:
        act.actor.require_person("change a team")
    return _of_lead(act, team_id=team_id)


def _of_lead(act: Act, *, team_id: int) -> Team:
    if not act.actor.is_program:
        act.actor.require_account("change a team")
    team = memberships.locked_team(act.session, act.event, team_id)
    if act.actor.organises(act.event.slug):
        return team
    if team.lead_id is None or team.lead_id != act.actor.account_id:
        raise NotAllowed("this is for the team's lead; ask them")
    _require_before_deadline(act.event, act.now)
    return team


def _take_out(act: Act, team_id: int, account_id: int) -> None:
    team = memberships.locked_team(act.session, act.event, team_id)
    if memberships.size(act.session, team.id) == 1 and act.session.get(
        Membership, (team.id, account_id)
    ):
        memberships.dissolve(act, team=team)
    else:
        memberships.unseat(act, team=team, account_id=account_id)


def _require_before_deadline(event: Event, now: datetime) -> None:
    if now >= event.deadline:
        raise Closed(
            f"teams stay as they are after the deadline, {told(event.deadline)}; ask the organisers"
        )
