"""A team's tokens: with one, a program works on the team's submissions through the API."""

import secrets
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import Account, Membership, Team, TeamToken
from gallery.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from gallery.event.event import Event
from gallery.people import texts
from gallery.people.sessions import digest
from gallery.teams import memberships

PREFIX = "sprint_"
"""So that scanners for lost secrets, and people, know one when they see it."""
MOST = 10
LABEL_MOST = 60


def make_token(
    session: Session, actor: Actor, now: datetime, *, event: Event, team_id: int, label: str
) -> str:
    """By any member; it is shown this once, and the database keeps its digest."""
    account_id = actor.require_person("make a token")
    team = memberships.locked_team(session, event, team_id)
    if session.get(Membership, (team.id, account_id)) is None:
        raise NotAllowed("a team's tokens are made by its members; ask one of them")
    named = texts.line(label, field="label", what="what the token is for", most=LABEL_MOST)
    made = session.scalar(
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
        created_at=now,
    )
    session.add(token)
    session.flush()
    _record(session, actor, now, event, token, "token.made")
    return secret


def end_token(
    session: Session, actor: Actor, now: datetime, *, event: Event, token_id: int
) -> None:
    """By any member of its team, and the organisers."""
    account_id = None if actor.is_program else actor.require_person("end a token")
    token = session.get(TeamToken, token_id)
    team = session.get(Team, token.team_id) if token is not None else None
    if token is None or team is None or team.event != event.slug or token.ended_at is not None:
        raise NotFound("there is no such token; open the team again")
    if not actor.organises(event.slug) and not session.get(Membership, (team.id, account_id)):
        raise NotFound("there is no such token; open the team again")
    token.ended_at = now
    _record(session, actor, now, event, token, "token.ended")


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


def _record(
    session: Session, actor: Actor, now: datetime, event: Event, token: TeamToken, action: str
) -> None:
    record(
        session,
        actor,
        now,
        action,
        subject=("token", token.id),
        event=event.slug,
        details={"team": token.team_id, "label": token.label},
    )
