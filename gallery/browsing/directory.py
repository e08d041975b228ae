"""What the pages of ideas and teams show, read in a few statements each."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from gallery.actor import Actor
from gallery.database.tables import (
    Account,
    Idea,
    IdeaComment,
    JoinRequest,
    Membership,
    SignUp,
    Submission,
    Team,
    TeamInvitation,
    TeamToken,
)
from gallery.event.event import Event
from gallery.names import name_key
from gallery.people import accounts
from gallery.people.notifications import Kind, Reached, reached
from gallery.submissions.access import may_see
from gallery.teams import ideas, join_requests, memberships, sign_ups


@dataclass(frozen=True)
class Standing:
    """How far somebody is on the way into an event."""

    sign_up: SignUp | None
    team: Team | None
    invitations: tuple[TeamInvitation, ...]
    """That wait for their answer."""

    @property
    def takes_part(self) -> bool:
        return self.sign_up is not None and self.sign_up.state in sign_ups.STANDING


@dataclass(frozen=True)
class IdeaCard:
    """An idea in the list. `waiting` are requests to join that nobody has answered."""

    idea: Idea
    comments: int
    waiting: int
    team_id: int | None
    team_size: int


@dataclass(frozen=True)
class IdeaView:
    """An idea's page, as one person may see it."""

    idea: Idea
    comments: tuple[IdeaComment, ...]
    team: Team | None
    team_size: int
    requests: tuple[JoinRequest, ...]
    """To be decided by the viewer; empty for all others."""
    own_request: JoinRequest | None
    reached: Reached | None
    """How far the news of the viewer's own request came."""
    is_author: bool
    may_decide: bool
    may_form: bool


@dataclass(frozen=True)
class TeamCard:
    """A team in the list; `thumbnail` is of a demo that it has handed in."""

    team: Team
    names: tuple[str, ...]
    thumbnail: str | None

    def is_called(self, words: str) -> bool:
        """Whether it, or somebody in it, has this in their name, however that is written."""
        wanted = name_key(words)
        return any(wanted in name_key(name) for name in (self.team.name, *self.names))


@dataclass(frozen=True)
class TeamView:
    """A team's page, as one person may see it."""

    team: Team
    members: tuple[Membership, ...]
    idea: Idea | None
    submissions: tuple[Submission, ...]
    invitations: tuple[TeamInvitation, ...]
    """That wait; for members and the invited one."""
    tokens: tuple[TeamToken, ...]
    """For members."""
    is_member: bool
    leads: bool
    """The viewer is the lead, or an organiser."""
    may_claim: bool

    @property
    def size(self) -> int:
        return len(self.members)


def standing(session: Session, actor: Actor, event: Event) -> Standing:
    """Where the viewer stands; all empty for visitors."""
    if actor.account_id is None:
        return Standing(None, None, ())
    seat = memberships.of(session, actor.account_id, event)
    waiting = session.scalars(
        select(TeamInvitation)
        .join(Team)
        .options(joinedload(TeamInvitation.team))
        .where(
            TeamInvitation.account_id == actor.account_id,
            TeamInvitation.state == "waiting",
            Team.event == event.slug,
        )
        .order_by(TeamInvitation.id)
    ).all()
    return Standing(
        sign_ups.of(session, actor.account_id, event),
        seat.team if seat is not None else None,
        tuple(waiting),
    )


def idea_cards(session: Session, event: Event) -> tuple[IdeaCard, ...]:
    """Those without a full team first, and among those the newest."""
    comments = (
        select(func.count())
        .where(IdeaComment.idea_id == Idea.id, IdeaComment.hidden_at.is_(None))
        .scalar_subquery()
    )
    waiting = (
        select(func.count())
        .where(JoinRequest.idea_id == Idea.id, JoinRequest.state == "waiting")
        .scalar_subquery()
    )
    size = (
        select(func.count()).where(Membership.team_id == Team.id).correlate(Team).scalar_subquery()
    )
    rows = session.execute(
        select(Idea, comments, waiting, Team.id, size)
        .outerjoin(Team, (Team.idea_id == Idea.id) & Team.dissolved_at.is_(None))
        .options(joinedload(Idea.author))
        .where(Idea.event == event.slug, Idea.hidden_at.is_(None))
        .order_by(Idea.id.desc())
    ).all()
    cards = [IdeaCard(*row) for row in rows]
    return tuple(sorted(cards, key=lambda card: card.team_size >= event.team_max))


def idea_view(session: Session, actor: Actor, event: Event, idea_id: int) -> IdeaView:
    """Raises `NotFound`."""
    idea = ideas.shown(session, event, idea_id)
    team = join_requests.team_of(session, idea.id)
    asked = session.scalars(
        select(JoinRequest)
        .options(joinedload(JoinRequest.account))
        .where(JoinRequest.idea_id == idea.id)
        .order_by(JoinRequest.id)
    ).all()
    me = actor.account_id
    own = next((one for one in asked if one.account_id == me), None)
    may_decide = me is not None and join_requests.decider_id(session, idea) == me
    in_team = me is not None and memberships.of(session, me, event) is not None
    return IdeaView(
        idea=idea,
        comments=tuple(
            session.scalars(
                select(IdeaComment)
                .options(joinedload(IdeaComment.author))
                .where(IdeaComment.idea_id == idea.id, IdeaComment.hidden_at.is_(None))
                .order_by(IdeaComment.id)
            )
        ),
        team=team,
        team_size=memberships.size(session, team.id) if team is not None else 0,
        requests=tuple(one for one in asked if may_decide and one.state == "waiting"),
        own_request=own,
        reached=None if own is None else _reached(session, own),
        is_author=idea.author_id == me,
        may_decide=may_decide,
        may_form=team is None
        and me is not None
        and not in_team
        and (idea.author_id == me or memberships.of(session, idea.author_id, event) is not None),
    )


def _reached(session: Session, asked: JoinRequest) -> Reached:
    about = ("join_request", asked.id)
    return reached(session, Kind.JOIN_REQUEST, about, since=asked.created_at)


def team_cards(session: Session, event: Event) -> tuple[TeamCard, ...]:
    """By name; those that ended are not there, nor collected ones that nobody has claimed."""
    found = session.scalars(
        select(Team)
        .where(Team.event == event.slug, Team.dissolved_at.is_(None), Team.lead_id.is_not(None))
        .order_by(func.lower(Team.name))
    ).all()
    names: dict[int, list[str]] = {}
    for team_id, name in session.execute(
        select(Membership.team_id, Account.display_name)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.event == event.slug)
        .order_by(Membership.joined_at, Membership.account_id)
    ):
        names.setdefault(team_id, []).append(name)
    pictures: dict[int, str | None] = {}
    for team_id, thumbnail in session.execute(
        select(Submission.team_id, Submission.thumbnail)
        .where(
            Submission.event == event.slug,
            Submission.state == "submitted",
            Submission.hidden_at.is_(None),
            Submission.thumbnail.is_not(None),
        )
        .order_by(Submission.id.desc())
    ):
        pictures[team_id] = thumbnail
    return tuple(
        TeamCard(team, tuple(names.get(team.id, ())), pictures.get(team.id)) for team in found
    )


def team_view(session: Session, actor: Actor, event: Event, team_id: int) -> TeamView:
    """Raises `NotFound`."""
    team = memberships.existing_team(session, event, team_id)
    members = session.scalars(
        select(Membership)
        .options(joinedload(Membership.account))
        .where(Membership.team_id == team.id)
        .order_by(Membership.joined_at, Membership.account_id)
    ).all()
    me = actor.account_id
    is_member = any(one.account_id == me for one in members)
    invitations = session.scalars(
        select(TeamInvitation)
        .options(joinedload(TeamInvitation.account))
        .where(TeamInvitation.team_id == team.id, TeamInvitation.state == "waiting")
        .order_by(TeamInvitation.id)
    ).all()
    tokens = session.scalars(
        select(TeamToken)
        .where(TeamToken.team_id == team.id, TeamToken.ended_at.is_(None))
        .order_by(TeamToken.id)
    ).all()
    handed_in = session.scalars(
        select(Submission).where(Submission.team_id == team.id).order_by(Submission.id)
    ).all()
    idea = session.get(Idea, team.idea_id) if team.idea_id is not None else None
    account = session.get(Account, me) if me is not None else None
    sees_all = is_member or actor.organises(event.slug)
    return TeamView(
        team=team,
        members=tuple(members),
        idea=idea if idea is not None and idea.hidden_at is None else None,
        submissions=tuple(one for one in handed_in if may_see(session, actor, one)),
        invitations=tuple(one for one in invitations if sees_all or one.account_id == me),
        tokens=tuple(tokens) if is_member else (),
        is_member=is_member,
        leads=actor.organises(event.slug) or (me is not None and team.lead_id == me),
        may_claim=team.lead_id is None
        and account is not None
        and accounts.is_on_hub(account, team.hub_owner or ""),
    )
