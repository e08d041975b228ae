"""Organisers move the deadline and write the notice: first looked at, then done."""

from datetime import datetime

from fastapi import APIRouter, Response

from gallery.errors import GalleryError, Invalid
from gallery.event.event import Event
from gallery.event.zones import city, in_words, instant
from gallery.pages.organise import section
from gallery.people import notifications, schedule
from gallery.people.notifications import Kind
from gallery.people.schedule import Plan
from gallery.web.forms import Text
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)


@router.get("/{event_slug}/organise/deadline")
def show(visit: VisitDep) -> Response:
    """The deadline in force, what the file says, and the forms to change it."""
    return _show(visit)


@router.post("/{event_slug}/organise/deadline")
def move(
    visit: VisitDep,
    to: Text = "",
    reason: Text = "",
    seen: Text = "",
    step: Text = "look",
    confirmed: Text = "",
) -> Response:
    """`look` shows what it would do; `move` does it."""
    visit.viewer.require_organiser(visit.event.slug)
    typed = {"to": to, "reason": reason}
    try:
        deadline = instant(to, visit.event.zone, field="to")
        planned = schedule.plan(
            visit.event, _file(visit), visit.now, deadline=deadline, reason=reason
        )
    except GalleryError as problem:
        return _show(visit, typed=typed, problem=problem)
    if step != "move":
        return _show(visit, typed=typed, planned=planned)
    return visit.change(
        lambda act: schedule.move(
            act.session,
            act.actor,
            act.now,
            file=_file(visit),
            deadline=deadline,
            reason=reason,
            seen=_seen(seen),
            is_confirmed=bool(confirmed),
        ),
        to="/organise/deadline",
        done="deadline-moved",
        refused=lambda problem: _show(visit, typed=typed, planned=planned, problem=problem),
    )


@router.post("/{event_slug}/organise/deadline/give-back")
def give_back(visit: VisitDep, reason: Text = "", seen: Text = "") -> Response:
    """The event file's deadline holds again."""
    return visit.change(
        lambda act: schedule.give_back(
            act.session,
            act.actor,
            act.now,
            file=_file(visit),
            reason=reason,
            seen=_seen(seen),
        ),
        to="/organise/deadline",
        done="deadline-given-back",
        refused=lambda problem: _show(visit, typed={"back": reason}, problem=problem),
    )


@router.post("/{event_slug}/organise/notice")
def set_notice(visit: VisitDep, notice: Text = "", step: Text = "set") -> Response:
    """`set`, also to nothing; `give-back` to the event file's."""
    words = None if step == "give-back" else notice
    return visit.change(
        lambda act: schedule.set_notice(act, notice=words),
        to="/organise/deadline",
        done="notice-given-back" if words is None else "notice-set",
        refused=lambda problem: _show(visit, typed={"notice": notice}, problem=problem),
    )


def _show(
    visit: Visit,
    *,
    typed: dict[str, str] | None = None,
    planned: Plan | None = None,
    problem: GalleryError | None = None,
) -> Response:
    visit.viewer.require_organiser(visit.event.slug)
    event, file = visit.event, _file(visit)
    with visit.gallery.database.read() as session:
        last = schedule.newest_move(session, event)
        reached = None
        if event.moved is not None:
            about = ("event", event.slug)
            reached = notifications.reached(
                session, Kind.DEADLINE_MOVED, about, since=event.moved.at
            )
    changed_since = last is not None and last.file_deadline not in (None, file.deadline)
    return section(
        visit,
        "deadline",
        problem=problem,
        file=file,
        last=last,
        reached=reached,
        file_changed=changed_since and event.moved is not None,
        planned=planned,
        typed=typed or {},
        local=event.deadline.astimezone(event.zone).strftime("%Y-%m-%dT%H:%M"),
        city=city(event.zone),
        words=lambda when: in_words(when, event.zone),
        brief=lambda when: when.astimezone(event.zone).strftime("%-d %B, %H:%M"),
        reason_most=schedule.REASON_MOST,
        notice_most=schedule.NOTICE_MOST,
    )


def _file(visit: Visit) -> Event:
    return visit.gallery.schedule.files[visit.event.slug]


def _seen(value: str) -> datetime:
    try:
        seen = datetime.fromisoformat(value)
    except ValueError:
        seen = None
    if seen is None or seen.tzinfo is None:
        raise Invalid("the form must say which deadline you saw; open the page again", field="seen")
    return seen
