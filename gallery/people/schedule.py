"""Rescheduling by organisers: the deadline and the notice, each with a reason, told to everybody.

The event file has the first word; what was changed here holds until it is given back to the file.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.in_force import applied, newest
from gallery.database.tables import (
    Account,
    Letter,
    Membership,
    Notification,
    Role,
    ScheduleChange,
    SignUp,
    Team,
)
from gallery.errors import Invalid, Stale
from gallery.event.event import Event, Moved
from gallery.event.moving import Shift, left_behind, shifts, with_deadline
from gallery.event.phase import PhaseKey, told
from gallery.event.zones import in_words
from gallery.people import notifications, texts
from gallery.people.notifications import Kind

REASON_MOST = 200
NOTICE_MOST = 1000


@dataclass(frozen=True)
class Plan:
    """What a move would do, to be looked at before it is done."""

    event: Event
    """As it would be."""
    shifts: tuple[Shift, ...]
    """Phases that move along, the submission itself among them."""
    left_behind: tuple[str, ...]
    """Talks and milestones that nobody moves, and that may have to be."""
    is_earlier: bool
    """Somebody may have planned with the time that this takes away."""


def plan(event: Event, file: Event, now: datetime, *, deadline: datetime, reason: str) -> Plan:
    """`event` is the one in force, `file` what its file says. Raises `Invalid`."""
    if deadline <= now:
        raise Invalid(
            f"the deadline must lie in the future, got {told(deadline)}, and it is {told(now)}; "
            "choose a later one",
            field="deadline",
        )
    if deadline == event.deadline:
        raise Invalid(f"the deadline is {told(deadline)} already; choose another", field="deadline")
    moved = Moved(was=event.deadline, at=now, reason=reason or "…")
    after = with_deadline(file, deadline, moved)
    return Plan(after, shifts(event, after), left_behind(event, after), deadline < event.deadline)


def move(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    file: Event,
    deadline: datetime,
    reason: str,
    seen: datetime,
    is_confirmed: bool,
) -> Plan:
    """Moves the deadline at once, and tells everybody who takes part. `file` is as its file says.

    `seen` is the deadline that the organiser saw; raises `Stale` when it is another one by now. An
    earlier one has to be confirmed. Raises `NotAllowed`, `Invalid`.
    """
    actor.require_organiser(file.slug)
    reason = _reason(reason)
    event = _seen(session, file, seen)
    planned = plan(event, file, now, deadline=deadline, reason=reason)
    if planned.is_earlier and not is_confirmed:
        raise Invalid(
            f"this takes time away from the teams: the deadline is {told(event.deadline)}, and "
            f"would be {told(deadline)}; confirm that it is meant",
            field="confirmed",
        )
    _keep(Act(session, actor, now, event), file, deadline=deadline, reason=reason)
    _tell(session, now, event, planned.event, reason)
    return planned


def give_back(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    file: Event,
    reason: str,
    seen: datetime,
) -> None:
    """From now on the event file's deadline holds again. Raises `Invalid` when it is over."""
    actor.require_organiser(file.slug)
    reason = _reason(reason)
    event = _seen(session, file, seen)
    if event.moved is None:
        raise Invalid("the event file's deadline holds already", field="deadline")
    if file.deadline <= now:
        raise Invalid(
            f"the event file's deadline, {told(file.deadline)}, is over; move it to a later one",
            field="deadline",
        )
    _keep(Act(session, actor, now, event), file, deadline=None, reason=reason)
    _tell(session, now, event, file, reason)


def set_notice(act: Act, *, notice: str | None) -> None:
    """The line on top of every page; empty for none, None for the event file's."""
    act.actor.require_organiser(act.event.slug)
    if notice is not None:
        notice = texts.paragraphs(notice, field="notice", what="the notice", most=NOTICE_MOST)
    write(act, "notice", notice=notice)
    act.record(
        "event.notice_given_back" if notice is None else "event.notice_set",
        subject=("event", act.event.slug),
        details={} if notice is None else {"notice": notice},
    )


def write(act: Act, what: str, *, reason: str = "", **changed: Any) -> None:
    """One more change, by who acts; `changed` are the columns that say what holds from now on."""
    act.session.add(
        ScheduleChange(
            event=act.event.slug,
            what=what,
            at=act.now,
            account_id=act.actor.account_id,
            reason=reason,
            **changed,
        )
    )


def newest_move(session: Session, event: Event) -> ScheduleChange | None:
    """The last word on the deadline here, if there was any."""
    return session.scalars(
        select(ScheduleChange)
        .where(ScheduleChange.event == event.slug, ScheduleChange.what == "deadline")
        .order_by(ScheduleChange.id.desc())
        .limit(1)
    ).one_or_none()


def _reason(reason: str) -> str:
    return texts.line(reason, field="reason", what="the reason", least=3, most=REASON_MOST)


def in_force(session: Session, file: Event) -> Event:
    """The event as it holds now, whichever process changed it last."""
    changes = [one for one in newest(session) if one.event == file.slug]
    return applied(file, changes)


def _seen(session: Session, file: Event, seen: datetime) -> Event:
    event = in_force(session, file)
    if seen != event.deadline:
        raise Stale(
            f"the deadline is {told(event.deadline)} by now; nothing was changed, look at it again"
        )
    return event


def _keep(act: Act, file: Event, *, deadline: datetime | None, reason: str) -> None:
    write(
        act,
        "deadline",
        reason=reason,
        deadline=deadline,
        moved_from=act.event.deadline,
        file_deadline=file.deadline,
    )
    act.record(
        "event.deadline_given_back" if deadline is None else "event.deadline_moved",
        subject=("event", act.event.slug),
        details={
            "from": act.event.deadline.isoformat(),
            "to": (deadline or file.deadline).isoformat(),
            "reason": reason,
        },
    )


def _tell(session: Session, now: datetime, before: Event, after: Event, reason: str) -> None:
    """To who takes part, works in a team, judges or organises; what was said of the old one and
    is not sent yet is not sent any more."""
    stale = select(Notification.id).where(
        Notification.event == before.slug,
        Notification.kind.in_([Kind.DEADLINE_NEAR.value, Kind.DEADLINE_MOVED.value]),
    )
    session.execute(
        update(Letter)
        .where(Letter.state == "waiting", Letter.notification_id.in_(stale))
        .values(state="dropped")
    )
    session.execute(
        update(Notification)
        .where(Notification.id.in_(stale), Notification.read_at.is_(None))
        .values(read_at=now)
    )
    zone = after.zone
    said = [
        f"Hand in until {in_words(after.deadline, zone)}.",
        f"It was {in_words(before.deadline, zone)}.",
        f"The organisers write: {reason}",
    ]
    said += [
        f"{one.after.title} is now from {in_words(one.after.starts, zone)} "
        f"to {in_words(one.after.ends, zone)}."
        for one in shifts(before, after)
        if one.after.key != PhaseKey.SUBMISSION
    ]
    notifications.tell(
        session,
        now,
        event=after,
        kind=Kind.DEADLINE_MOVED,
        to={*_taking_part(session, after), *notifications.organisers(session, after)},
        about=("event", after.slug),
        title=f"The deadline of {after.name} has moved to {in_words(after.deadline, zone)}",
        text="\n\n".join(said),
        path="/event#deadline",
    )


def _taking_part(session: Session, event: Event) -> set[int]:
    members = (
        select(Membership.account_id)
        .join(Team, Team.id == Membership.team_id)
        .where(Team.event == event.slug, Team.dissolved_at.is_(None))
    )
    accepted = select(SignUp.account_id).where(
        SignUp.event == event.slug, SignUp.state == "accepted"
    )
    jurors = select(Role.account_id).where(Role.event == event.slug)
    named = select(Account.id).where(Account.hub_name.in_(event.jurors))
    return {one for query in (members, accepted, jurors, named) for one in session.scalars(query)}
