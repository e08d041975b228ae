"""What the gallery keeps about somebody: handed out whole, or thrown away."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import (
    Account,
    Assignment,
    Ballot,
    Comparison,
    Conflict,
    DeliberationNote,
    EmailLink,
    Feedback,
    HubSignIn,
    Idea,
    IdeaComment,
    JoinRequest,
    Letter,
    Like,
    LogEntry,
    Membership,
    Notification,
    NotificationSwitch,
    Report,
    Revision,
    Role,
    Sheet,
    SheetTile,
    SignInSession,
    SignUp,
    Submission,
    Team,
    TeamInvitation,
    TeamToken,
)
from gallery.database.tables.base import Base, Json
from gallery.errors import Invalid
from gallery.event.event import Event
from gallery.people import accounts
from gallery.teams import memberships

GONE = "Somebody who left"
SECRET = frozenset({"token_digest"})


def export(session: Session, actor: Actor, now: datetime) -> Json:
    """Everything of the actor's, by table; no token and no digest of one is in it."""
    account_id = actor.require_person("download your data")
    account = session.get_one(Account, account_id)
    mine: Mapping[str, Select[Any]] = {
        "sign_ins": select(SignInSession).where(SignInSession.account_id == account_id),
        "sign_ups": select(SignUp).where(SignUp.account_id == account_id),
        "roles": select(Role).where(Role.account_id == account_id),
        "ideas": select(Idea).where(Idea.author_id == account_id),
        "comments": select(IdeaComment).where(IdeaComment.author_id == account_id),
        "join_requests": select(JoinRequest).where(JoinRequest.account_id == account_id),
        "team_invitations": select(TeamInvitation).where(TeamInvitation.account_id == account_id),
        "memberships": select(Membership).where(Membership.account_id == account_id),
        "team_tokens": select(TeamToken).where(TeamToken.account_id == account_id),
        "revisions": select(Revision).where(Revision.account_id == account_id),
        "likes": select(Like).where(Like.account_id == account_id),
        "reports": select(Report).where(Report.account_id == account_id),
        "assignments": select(Assignment).where(Assignment.account_id == account_id),
        "ballots": select(Ballot).where(Ballot.account_id == account_id),
        "comparisons": select(Comparison).where(Comparison.account_id == account_id),
        "sheets": select(Sheet).where(Sheet.account_id == account_id),
        "sheet_tiles": select(SheetTile).where(SheetTile.sheet_id.in_(_sheets(account_id))),
        "conflicts": select(Conflict).where(Conflict.account_id == account_id),
        "feedback": select(Feedback).where(
            Feedback.account_id == account_id, Feedback.sent_at.is_not(None)
        ),
        "feedback_decided": select(Feedback).where(Feedback.decided_by == account_id),
        "deliberation_notes": select(DeliberationNote).where(
            DeliberationNote.saved_by == account_id
        ),
        "news": select(Notification).where(Notification.account_id == account_id),
        "news_switched_off": select(NotificationSwitch).where(
            NotificationSwitch.account_id == account_id
        ),
        "log": select(LogEntry).where(LogEntry.account_id == account_id).order_by(LogEntry.id),
    }
    return {
        "exported_at": now.isoformat(),
        "account": _columns(account),
        **{name: [_columns(row) for row in session.scalars(rows)] for name, rows in mine.items()},
    }


def forget(
    session: Session, actor: Actor, now: datetime, *, events: Iterable[Event], typed_name: str
) -> None:
    """Deletes the account for good. What others need stays without a name: ideas, comments,
    revisions of a team's demo, a juror's scores, sheets that jurors were shown, and the log, which
    only grows.

    `typed_name` must be the account's: nobody does this by a slip. Raises `Invalid`.
    """
    account = accounts.locked(session, actor.require_person("delete your account"))
    if typed_name.strip().removeprefix("@").lower() != account.name.lower():
        raise Invalid(
            f"to delete the account, type its name, {account.name}; got “{typed_name[:60]}”",
            field="typed_name",
        )
    for event in events:
        memberships.take_out(Act(session, actor, now, event), account_id=account.id)
    _forget_likes(session, account.id)
    news = select(Notification.id).where(Notification.account_id == account.id)
    session.execute(delete(Letter).where(Letter.notification_id.in_(news)))
    for table, whose in (
        (Notification, Notification.account_id),
        (NotificationSwitch, NotificationSwitch.account_id),
        (SignInSession, SignInSession.account_id),
        (EmailLink, EmailLink.account_id),
        (HubSignIn, HubSignIn.account_id),
        (Role, Role.account_id),
        (JoinRequest, JoinRequest.account_id),
    ):
        session.execute(delete(table).where(whose == account.id))
    if account.email is not None:
        session.execute(delete(EmailLink).where(EmailLink.email == account.email))
    session.execute(
        update(TeamInvitation)
        .where(TeamInvitation.account_id == account.id, TeamInvitation.state == "waiting")
        .values(state="declined", decided_at=now)
    )
    session.execute(update(Ballot).where(Ballot.account_id == account.id).values(note=""))
    own = _sheets(account.id).where(Sheet.shared_at.is_(None))
    session.execute(delete(SheetTile).where(SheetTile.sheet_id.in_(own)))
    session.execute(delete(Sheet).where(Sheet.id.in_(own)))
    session.execute(
        update(SignUp)
        .where(SignUp.account_id == account.id)
        .values(about="", decision=None, state="withdrawn")
    )
    record(session, actor, now, "account.deleted", subject=("account", account.id), event=None)
    account.name = f"gone-{account.id}"
    account.display_name = GONE
    account.email = account.hub_subject = account.hub_name = None
    account.hub_organisations = []
    account.disabled_at, account.disabled_reason = now, "deleted by its owner"


def _sheets(account_id: int) -> Select[int]:
    return select(Sheet.id).where(Sheet.account_id == account_id)


def teams_of(session: Session, account_id: int) -> tuple[Team, ...]:
    """In every event."""
    return tuple(
        session.scalars(
            select(Team)
            .join(Membership)
            .where(Membership.account_id == account_id)
            .order_by(Team.id)
        )
    )


def _forget_likes(session: Session, account_id: int) -> None:
    liked = select(Like.submission_id).where(Like.account_id == account_id)
    session.execute(
        update(Submission)
        .where(Submission.id.in_(liked), Submission.likes > 0)
        .values(likes=Submission.likes - 1)
    )
    session.execute(delete(Like).where(Like.account_id == account_id))


def _columns(row: Base) -> Json:
    values = {
        column.key: getattr(row, column.key)
        for column in row.__mapper__.column_attrs
        if column.key not in SECRET
    }
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
