"""Organisers move somebody into a team, and are told all that it changed."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Account, Team, TeamToken
from gallery.event.event import Event
from gallery.names import isolated
from gallery.people import accounts
from gallery.teams import memberships, sign_ups


@dataclass(frozen=True)
class Left:
    """What became of the team that somebody was taken out of; without anybody it has ended."""

    team: str
    size: int
    new_lead: str | None
    """Set when who left it led it."""
    tokens: int
    """API tokens that ended with it."""


@dataclass(frozen=True)
class Move:
    """Who is in which team now, and what they left for it."""

    who: str
    team: str
    left: Left | None

    def told(self, event: Event) -> str:
        """All that happened, in a few sentences."""
        said = [f"In “{isolated(self.team)}” now: {isolated(self.who)}."]
        if self.left is not None:
            said += _told(self.left, event)
        return " ".join(said)


def place(act: Act, *, name: str, team_id: int) -> Move:
    """Whatever the phase; the bounds of teams hold for organisers, too."""
    act.actor.require_organiser(act.event.slug)
    account = accounts.locked(act.session, accounts.named(act.session, name).id)
    sign_ups.require_standing(act, account=account)
    old = memberships.of(act.session, account.id, act.event)
    if old is None:
        team = memberships.seat(act, team_id=team_id, account=account)
        return Move(account.display_name, team.name, None)
    there = old.team
    led, tokens = there.lead_id == account.id, _tokens(act.session, there)
    if there.id != team_id and memberships.size(act.session, there.id) > 1:
        teams = memberships.locked_teams(act.session, act.event, (there.id, team_id))
        memberships.unseat(act, team=teams[there.id], account_id=account.id)
    team = memberships.seat(act, team_id=team_id, account=account)
    lead = act.session.get(Account, there.lead_id) if led and there.lead_id is not None else None
    left = Left(
        team=there.name,
        size=memberships.size(act.session, there.id),
        new_lead=lead.display_name if lead is not None else None,
        tokens=tokens - _tokens(act.session, there),
    )
    return Move(account.display_name, team.name, left)


def _tokens(session: Session, team: Team) -> int:
    wanted = select(func.count()).where(TeamToken.team_id == team.id, TeamToken.ended_at.is_(None))
    return session.scalar(wanted) or 0


def _told(left: Left, event: Event) -> list[str]:
    team = isolated(left.team)
    if left.size == 0:
        said = [f"The team “{team}” has ended; its drafts and demos, if any, came along."]
    else:
        few = f", fewer than the {event.team_min} of a team" if left.size < event.team_min else ""
        said = [f"Still in “{team}”: {left.size}{few}."]
    if left.new_lead is not None:
        said.append(f"It is led by {isolated(left.new_lead)} now.")
    if left.tokens:
        tokens = "1 API token" if left.tokens == 1 else f"{left.tokens} API tokens"
        said.append(f"It lost {tokens}; programs that used them need new ones.")
    return said
