"""Withholding submissions: what becomes of the demos of somebody whom the organisers decline.

A team in which others take part keeps its demos. Of all others nobody sees anything while the
decision stands: they are `withheld`, as nothing else is, so no list, pin, rank or like finds them.
When the decision is turned, the team and its demos are as they were.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Account, Membership, SignUp, Submission, Team
from gallery.errors import GalleryError
from gallery.event.event import Event
from gallery.names import isolated, name_key
from gallery.people import accounts
from gallery.submissions import claims, log
from gallery.submissions.ownership import is_unclaimed, owner_of
from gallery.submissions.rules import holder_of
from gallery.teams import memberships
from spaces.hub.addresses import repo_key

HANDED_IN = ("submitted", "waiting")


@dataclass(frozen=True)
class Fate:
    """A demo of somebody who is to be declined. `stay` are the others in its team, who keep it."""

    submission: Submission
    who: str
    team: str
    stay: tuple[str, ...]

    @property
    def is_withheld(self) -> bool:
        return not self.stay

    @property
    def told(self) -> str:
        """In a sentence."""
        name = f"“{isolated(self.submission.title)}” of {isolated(self.who)}"
        if self.is_withheld:
            return f"{name} is withheld: nobody but organisers sees it"
        stay = ", ".join(map(isolated, self.stay))
        return f"{name} stays with the team {isolated(self.team)} ({stay})"


def fates(
    session: Session, actor: Actor, *, event: Event, account_ids: Iterable[int]
) -> tuple[Fate, ...]:
    """What declining these people does to what they have handed in."""
    actor.require_organiser(event.slug)
    leaving = set(account_ids)
    found: dict[int, Fate] = {}
    for account_id in sorted(leaving):
        account = session.get_one(Account, account_id)
        seat = memberships.of(session, account_id, event)
        if seat is not None:
            stay = session.scalars(
                select(Account.display_name)
                .join(Membership)
                .where(Membership.team_id == seat.team_id, Account.id.not_in(leaving))
                .order_by(Membership.joined_at)
            ).all()
            for one in _handed_in(session, seat.team_id):
                fate = Fate(one, account.display_name, seat.team.name, tuple(stay))
                found.setdefault(one.id, fate)
        for one in _collected_of(session, event, account, "submitted"):
            found.setdefault(one.id, Fate(one, account.display_name, one.team.name, ()))
    return tuple(found.values())


def digest(found: Sequence[Fate]) -> str:
    """What an organiser saw before they confirmed; empty when there was nothing to see."""
    seen = ",".join(f"{one.submission.id}:{one.is_withheld}" for one in found)
    return sha256(seen.encode()).hexdigest()[:16] if found else ""


def is_declined(session: Session, event: Event, owner: str) -> bool:
    """Whether the Hub account `owner` is of somebody whom the organisers declined."""
    names = session.scalars(
        select(Account.hub_name)
        .join(SignUp, SignUp.account_id == Account.id)
        .where(
            SignUp.event == event.slug, SignUp.state == "declined", Account.hub_name.is_not(None)
        )
    )
    return repo_key(owner) in {repo_key(name) for name in names if name}


def take_out(act: Act, *, found: SignUp) -> list[Submission]:
    """Takes somebody who is declined out of their team, and withholds what is theirs alone.

    Gives all that they had handed in, also what stays with their team.
    """
    account = act.session.get_one(Account, found.account_id)
    theirs = _collected_of(act.session, act.event, account, "submitted")
    for one in theirs:
        _withhold(act.session, act.actor, act.now, one)
    seat = memberships.of(act.session, account.id, act.event)
    if seat is None:
        return theirs
    shared = _handed_in(act.session, seat.team_id)
    team = memberships.locked_team(act.session, act.event, seat.team_id)
    found.left_team_id = team.id
    memberships.unseat(act, team=team, account_id=account.id)
    if team.lead_id is None:
        for one in shared:
            _withhold(act.session, act.actor, act.now, one)
        memberships.dissolve(act, team=team)
    return theirs + shared


def bring_back(act: Act, *, found: SignUp) -> None:
    """The decision is turned: the person is in their team again, and its demos are shown again.

    A team that is full, or a person who is in another one by now, stays as it is.
    """
    account = act.session.get_one(Account, found.account_id)
    team = act.session.get(Team, found.left_team_id) if found.left_team_id is not None else None
    found.left_team_id = None
    if team is not None and memberships.of(act.session, account.id, act.event) is None:
        if team.dissolved_at is not None:
            _revive(act, team)
        if memberships.size(act.session, team.id) < act.event.team_max:
            memberships.seat(act, team_id=team.id, account=account)
    withheld = [] if team is None else _handed_in(act.session, team.id, ("withheld",))
    for one in (*withheld, *_collected_of(act.session, act.event, account, "withheld")):
        _show_again(act, one)


def _show_again(act: Act, submission: Submission) -> None:
    """As it was; where somebody else holds its Space by now, it waits for a proof."""
    log.record(act.session, act.actor, act.now, submission, "shown_again")
    holder = holder_of(act.session, act.event.slug, submission.space_id)
    if submission.submitted_at is not None and holder is None:
        submission.state = "submitted"
        act.session.flush()
        return
    if is_unclaimed(submission.team):
        submission.state = "withdrawn"  # somebody has handed the Space in for themselves
        act.session.flush()
        return
    if submission.submitted_at is not None:
        try:
            claims.hand_in(act, submission)
            return
        except GalleryError as error:
            claims.wait(act, submission, reason=str(error))
            return
    claims.wait(act, submission)


def _revive(act: Act, team: Team) -> None:
    """A team that ended, as it was; with a number behind its name, if another is called so now."""
    taken = set(
        act.session.scalars(
            select(Team.name_key).where(Team.event == act.event.slug, Team.dissolved_at.is_(None))
        )
    )
    name, number = team.name, 1
    while name_key(team.name) in taken:
        number += 1
        team.name = f"{name} {number}"
    team.dissolved_at = None
    act.session.flush()
    act.record("team.revived", subject=("team", team.id))


def _handed_in(
    session: Session, team_id: int, states: Sequence[str] = HANDED_IN
) -> list[Submission]:
    wanted = select(Submission).where(Submission.team_id == team_id, Submission.state.in_(states))
    return list(session.scalars(wanted.order_by(Submission.id)))


def _collected_of(session: Session, event: Event, account: Account, state: str) -> list[Submission]:
    """What nobody has claimed of the Spaces that lie with this person's own Hub account."""
    if not account.hub_name:
        return []
    wanted = select(Submission).where(
        Submission.event == event.slug,
        Submission.state == state,
        Submission.space_key.startswith(f"{repo_key(account.hub_name)}/", autoescape=True),
    )
    return [
        one
        for one in session.scalars(wanted.order_by(Submission.id))
        if is_unclaimed(one.team) and accounts.is_on_hub(account, owner_of(one.space_id))
    ]


def _withhold(session: Session, actor: Actor, now: datetime, submission: Submission) -> None:
    submission.state = "withheld"
    session.flush()
    log.record(session, actor, now, submission, "withheld")
