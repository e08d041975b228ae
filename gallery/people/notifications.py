"""Notifications: what people are told, on their news page and by letter.

`tell` is called by a use case, in its transaction, so that whatever was accepted is also told. The
letters wait in the outbox, see `outbox.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from gallery.actor import Actor
from gallery.database.tables import (
    Account,
    Letter,
    Membership,
    Notification,
    NotificationSwitch,
    Role,
)
from gallery.event.event import Event
from gallery.people.texts import ROW_MAX

NEWS_PAGE = 50


class Kind(StrEnum):
    """What people are told of; each can be switched off."""

    JOIN_REQUEST = "join_request"
    JOIN_ANSWER = "join_answer"
    INVITATION = "invitation"
    COMMENT = "comment"
    RECEIPT = "receipt"
    DEMO_HIDDEN = "demo_hidden"
    DEMO_DOWN = "demo_down"
    CLAIM = "claim"
    DEADLINE_NEAR = "deadline_near"
    DEADLINE_MOVED = "deadline_moved"
    DECISION = "decision"
    REPORT = "report"
    JUDGING_LEFT = "judging_left"
    FEEDBACK = "feedback"
    PUBLISHING = "publishing"
    RESULT = "result"


WORDS = {
    Kind.JOIN_REQUEST: "Somebody would like to join you",
    Kind.JOIN_ANSWER: "Your request to join is answered",
    Kind.INVITATION: "A team invites you",
    Kind.COMMENT: "Comments on your idea, or after yours",
    Kind.RECEIPT: "A demo of your team is handed in or withdrawn",
    Kind.DEMO_HIDDEN: "Something of yours is hidden or shown again",
    Kind.DEMO_DOWN: "A demo of your team does not answer",
    Kind.CLAIM: "Somebody says that a demo of yours is theirs",
    Kind.DEADLINE_NEAR: "The deadline is near",
    Kind.DEADLINE_MOVED: "The deadline is moved",
    Kind.DECISION: "The organisers decide about you",
    Kind.REPORT: "Something is reported (for organisers)",
    Kind.JUDGING_LEFT: "Demos wait for your judgement (for jurors)",
    Kind.FEEDBACK: "What the jury says of your demo",
    Kind.RESULT: "The jury's result is out",
    Kind.PUBLISHING: "A result could not be published at its time (for organisers)",
}
"""What a kind is called where people switch it off."""


class Channel(StrEnum):
    """How news reaches somebody."""

    BADGE = "badge"
    """Counted in the head of every page until it is read."""
    LETTER = "letter"


def tell(
    session: Session,
    now: datetime,
    *,
    event: Event,
    kind: Kind,
    to: Iterable[int | None],
    about: tuple[str, object],
    title: str,
    text: str = "",
    path: str = "",
    key: str | None = None,
    until: datetime | None = None,
) -> None:
    """Tells accounts, by their ids, in this transaction; None and closed ones are left out.

    `about` is the subject as in the log, `("join_request", 7)`; `title` one line; `path` the page
    below the event's, `/ideas/7`. What has a `key` is told to each of them once. A letter that is
    not sent `until` then is dropped.
    """
    people = _people(session, to, key)
    off = _switched_off(session, people, kind)
    for account_id, email in people.items():
        told = Notification(
            account_id=account_id,
            event=event.slug,
            kind=kind.value,
            subject_type=about[0],
            subject_id=str(about[1]),
            title=" ".join(title.split()),
            text=text.strip(),
            path=f"/{event.slug}{path}",
            at=now,
            read_at=now if (account_id, Channel.BADGE) in off else None,
            key=key,
        )
        if email is not None and (account_id, Channel.LETTER) not in off:
            told.letter = Letter(state="waiting", tries=0, next_try_at=now, until=until)
        session.add(told)
    session.flush()


def told_under(key: str) -> Select[int]:
    """The accounts that were told something under a key."""
    return select(Notification.account_id).where(Notification.key == key)


def news_of(
    session: Session, actor: Actor, *, events: Iterable[str], before: int | None = None
) -> tuple[Notification, ...]:
    """Somebody's own, the newest first, a page at a time: older than the row `before`."""
    wanted = (
        select(Notification)
        .options(joinedload(Notification.letter))
        .where(
            Notification.account_id == actor.require_person("see your news"),
            Notification.event.in_(list(events)),
        )
        .order_by(Notification.id.desc())
        .limit(NEWS_PAGE)
    )
    if before is not None:
        wanted = wanted.where(Notification.id < min(before, ROW_MAX))
    return tuple(session.scalars(wanted))


def read_all(session: Session, actor: Actor, now: datetime, *, until: int) -> None:
    """Nothing up to the row `until`, which was the newest that was seen, is counted any more."""
    session.execute(
        update(Notification)
        .where(
            Notification.account_id == actor.require_person("read your news"),
            Notification.id <= min(until, ROW_MAX),
            Notification.read_at.is_(None),
        )
        .values(read_at=now)
    )


def members(session: Session, team_id: int) -> list[int]:
    """The accounts of a team's members, for `tell`."""
    return list(session.scalars(select(Membership.account_id).where(Membership.team_id == team_id)))


def organisers(session: Session, event: Event) -> list[int]:
    """The accounts of an event's organisers: those of its file, and those made so since."""
    names = [name.casefold() for name in event.organisers]
    given = select(Role.account_id).where(Role.event == event.slug, Role.role == "organiser")
    return list(
        session.scalars(
            select(Account.id).where(
                or_(
                    func.lower(Account.hub_name).in_(names),
                    func.lower(Account.email).in_(names),
                    Account.id.in_(given),
                )
            )
        )
    )


@dataclass(frozen=True)
class Reached:
    """Whether news came to those that it was for: nothing else may be said of what they know."""

    people: int
    sent: int
    """By letter, to so many of them."""
    read: int
    """By so many of them, on their news page."""
    waiting: int
    """Letters that are still to be sent."""


def reached(session: Session, kind: Kind, about: tuple[str, object], since: datetime) -> Reached:
    """How far the news of this kind about a subject came, of those told at `since` or later."""
    rows = session.execute(
        select(Notification.at, Notification.read_at, Letter.state)
        .outerjoin(Letter, Letter.notification_id == Notification.id)
        .where(
            Notification.kind == kind.value,
            Notification.subject_type == about[0],
            Notification.subject_id == str(about[1]),
            Notification.at >= since,
        )
    ).all()
    return Reached(
        people=len(rows),
        sent=sum(row.state == "sent" for row in rows),
        read=sum(row.read_at is not None and row.read_at > row.at for row in rows),
        waiting=sum(row.state == "waiting" for row in rows),
    )


def _people(session: Session, to: Iterable[int | None], key: str | None) -> dict[int, str | None]:
    """Open accounts by id, with their addresses; without those that were told under this key."""
    ids = {one for one in to if one is not None}
    if not ids:
        return {}
    wanted = select(Account.id, Account.email).where(
        Account.id.in_(ids), Account.disabled_at.is_(None)
    )
    if key is not None:
        wanted = wanted.where(Account.id.not_in(told_under(key)))
    return {row.id: row.email for row in session.execute(wanted.order_by(Account.id))}


def _switched_off(session: Session, people: Iterable[int], kind: Kind) -> set[tuple[int, Channel]]:
    rows = session.execute(
        select(NotificationSwitch.account_id, NotificationSwitch.channel).where(
            NotificationSwitch.kind == kind.value, NotificationSwitch.account_id.in_(list(people))
        )
    )
    return {(row.account_id, Channel(row.channel)) for row in rows}
