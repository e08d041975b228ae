"""A team's tokens: with one, a program works on the team's submissions through the API."""

import secrets
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Account, Membership, Team, TeamToken
from gallery.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from gallery.people import texts
from gallery.people.sessions import digest
from gallery.teams import memberships

PREFIX = "sprint_"
"""So that scanners for lost secrets, and people, know one when they see it."""
MOST = 10
LABEL_MOST = 60


def make_token(act: Act, *, team_id: int, label: str) -> str:
    """By any member; it is shown this once, and the database keeps its digest."""
    account_id = act.actor.require_person("make a token")
    team = memberships.locked_team(act.session, act.event, team_id)
    if act.session.get(Membership, (team.id, account_id)) is None:
        raise NotAllowed("a team's tokens are made by its members; ask one of them")
    named = texts.line(label, field="label", what="what the token is for", most=LABEL_MOST)
    made = act.session.scalar(
        select(func.count()).where(TeamToken.team_id == team.id, TeamToken.ended_at.is_(None))
    )
    if made is not None and made >= MOST:
        raise Invalid(f"a team may have {MOST} tokens; end one first", field="label")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = TeamToken(
        token_digest=digest(secret),
        team_id=team.id,
        account_id=account_id,
        label=named,
        created_at=act.now,
    )
    act.session.add(token)
    act.session.flush()
    _record(act, token, "token.made")
    return secret


def end_token(act: Act, *, token_id: int) -> None:
    """By any member of its team, and the organisers."""
    account_id = None if act.actor.is_program else act.actor.require_person("end a token")
    token = act.session.get(TeamToken, token_id)
    team = act.session.get(Team, token.team_id) if token is not None else None
    if token is None or team is None or team.event != act.event.slug or token.ended_at is not None:
        raise NotFound("there is no such token; open the team again")
    if not act.actor.organises(act.event.slug) and not act.session.get(
        Membership, (team.id, account_id)
    ):
        raise NotFound("there is no such token; open the team again")
    token.ended_at = act.now
    _record(act, token, "token.ended")


def actor_of_token(session: Session, token: str, now: datetime) -> Actor:
    """Who made it, acting for this team alone and without their roles.

    Raises `NotSignedIn` when it is unknown or ended, or its maker has left the team.
    """
    del now  # a token lasts until somebody ends it
    row = session.execute(_MAKER, {"token_digest": digest(token)}).one_or_none()
    if row is None:
        raise NotSignedIn(
            "this token is unknown or was ended; make a new one on your team's page and send it "
            "as `Authorization: Bearer …`"
        )
    return Actor(row.id, row.name, row.display_name, token_team_id=row.team_id)


_MAKER = (
    select(Account.id, Account.name, Account.display_name, TeamToken.team_id)
    .join(TeamToken, TeamToken.account_id == Account.id)
    .join(
        Membership,
        (Membership.team_id == TeamToken.team_id) & (Membership.account_id == TeamToken.account_id),
    )
    .where(
        TeamToken.token_digest == bindparam("token_digest"),
        TeamToken.ended_at.is_(None),
        Account.disabled_at.is_(None),
    )
)


def _record(act: Act, token: TeamToken, action: str) -> None:
    act.record(
        action, subject=("token", token.id), details={"team": token.team_id, "label": token.label}
    )
