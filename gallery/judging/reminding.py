"""Reminders to jurors who are behind: a letter with the organisers' words, at most one a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Account, Assignment, Ballot, Notification, Submission
from gallery.errors import Invalid, TooMany
from gallery.event.event import Event
from gallery.event.phase import PhaseKey
from gallery.event.zones import in_words
from gallery.judging import judgings
from gallery.judging.jurors import jurors
from gallery.people import notifications, texts
from gallery.people.notifications import Kind
from gallery.people.texts import count_of

PAUSE = timedelta(days=1)
TEXT_MOST = 1000


@dataclass(frozen=True)
class Reminded:
    """How it goes out."""

    by_letter: bool
    """False for who gave no address: they find it in their news."""


def remind(act: Act, *, account_id: int, text: str) -> Reminded:
    """Raises `Closed` when no scores are taken, `Invalid` for who has nothing left, `TooMany`."""
    act.actor.require_organiser(act.event.slug)
    judgings.require_scoring(act)
    said = texts.paragraphs(text, field="text", what="the letter", least=3, most=TEXT_MOST)
    account = act.session.get(Account, account_id, with_for_update=True)
    if account is None or account not in jurors(act.session, act.event):
        raise Invalid("this account is no juror of the event; open the board again", field="juror")
    left = left_of(act.session, act.event, account_id)
    if not left:
        raise Invalid("this juror has nothing left to judge; open the board again", field="juror")
    last = last_reminder(act.session, act.event, account_id)
    if last is not None and act.now - last < PAUSE:
        wait = last + PAUSE - act.now
        raise TooMany(
            f"a juror gets one reminder a day, and this one was sent one {_ago(act.now - last)}; "
            "write to them yourself, or wait",
            retry_after=max(1, int(wait.total_seconds())),
        )
    notifications.tell(
        act.session,
        act.now,
        event=act.event,
        kind=Kind.JUDGING_LEFT,
        to=[account_id],
        about=("account", account_id),
        title=f"{count_of(left, 'demo waits', 'demos wait')} for your judgement",
        text=said,
        path="/jury",
        until=act.event.phase(PhaseKey.JUDGING).ends,
    )
    act.record(
        "juror.reminded",
        subject=("account", account_id),
        details={"juror": account_id, "left": left, "text": said},
    )
    return Reminded(by_letter=account.email is not None)


def words_for(event: Event, left: int) -> str:
    """What the letter says, unless organisers write something else."""
    return (
        f"{count_of(left, 'demo is', 'demos are')} left on your list. What you scored so far is "
        "kept, and you can go on where you stopped. Scores are taken until "
        f"{in_words(event.phase(PhaseKey.JUDGING).ends, event.zone)}. If that is too many for "
        "you, tell us: we give them to somebody else."
    )


def left_of(session: Session, event: Event, account_id: int) -> int:
    """Demos that a juror has still to judge."""
    finished = select(Ballot.submission_id).where(
        Ballot.account_id == account_id,
        Ballot.finished_at.is_not(None),
        Ballot.set_aside_at.is_(None),
    )
    found = session.scalars(
        select(Assignment.submission_id)
        .join(Submission, Submission.id == Assignment.submission_id)
        .where(
            Assignment.account_id == account_id,
            Assignment.event == event.slug,
            Assignment.state != "dropped",
            Submission.state == "submitted",
            Submission.hidden_at.is_(None),
            Assignment.submission_id.not_in(finished),
        )
    )
    return len(found.all())


def last_reminder(session: Session, event: Event, account_id: int) -> datetime | None:
    """When the last one went out; None when there was none."""
    return session.scalar(
        select(Notification.at)
        .where(
            Notification.account_id == account_id,
            Notification.event == event.slug,
            Notification.kind == Kind.JUDGING_LEFT.value,
        )
        .order_by(Notification.id.desc())
        .limit(1)
    )


def _ago(span: timedelta) -> str:
    hours = int(span / timedelta(hours=1))
    return f"{count_of(hours, 'hour', 'hours')} ago" if hours else "just now"
