"""Publishing at a set time: kept in the database, so a restart neither loses nor doubles it."""

from datetime import datetime, timedelta

from sqlalchemy import select

from gallery.act import Act
from gallery.actor import WATCHER
from gallery.database.tables import Judging
from gallery.errors import Closed, GalleryError, Invalid, Stale, Unavailable
from gallery.event.event import Event, PhaseKey
from gallery.event.zones import in_words
from gallery.gallery import Gallery
from gallery.judging import conflicts, judgings, results
from gallery.people import notifications
from gallery.people.notifications import Kind

FARTHEST = timedelta(days=366)


def schedule(act: Act, *, at: datetime, seen: str, with_feedback: bool = False) -> None:
    """What was looked at is published then, unless something of it changes.

    Raises `Closed` where it is published already, `Stale`, and `Invalid` for a time that is past,
    too far away, or before scores stop being taken.
    """
    act.actor.require_organiser(act.event.slug)
    judging = _unpublished(act)
    if not act.now < at <= act.now + FARTHEST:
        raise Invalid(
            "the time to publish must be in the year ahead, got "
            f"{in_words(at, act.event.zone)}; choose another",
            field="at",
        )
    scoring_ends = act.event.phase(PhaseKey.JUDGING).ends
    if judging.closed_at is None and at < scoring_ends:
        raise Invalid(
            f"scores are taken until {in_words(scoring_ends, act.event.zone)}; choose a later time "
            "to publish, or close the judging first",
            field="at",
        )
    now_on = results.basis(act.session, act.event)
    if seen != now_on or judging.settled_on not in ("", now_on):
        raise Stale(
            "the result changed since it was looked at or settled; look once more, keep the order, "
            "then set the time"
        )
    judging.publish_at, judging.publish_with_feedback = at, with_feedback
    judging.settled_on, judging.publish_problem = now_on, ""
    act.record(
        "publication.set",
        subject=("event", act.event.slug),
        details={"at": at.isoformat(), "with_feedback": with_feedback, "on": now_on},
    )


def cancel(act: Act) -> None:
    """Nothing is published by itself. Raises `Closed` when it is done already."""
    act.actor.require_organiser(act.event.slug)
    judging = _unpublished(act)
    if judging.publish_at is not None:
        judging.publish_at = None
        act.record("publication.cancelled", subject=("event", act.event.slug))


def publish_due(gallery: Gallery) -> None:
    """Publishes each result whose time has come. Doing it again does nothing."""
    with gallery.database.read() as session:
        due = session.scalars(
            select(Judging.event).where(
                Judging.publish_at <= gallery.clock(), Judging.published_at.is_(None)
            )
        ).all()
    for slug in due:
        if slug in gallery.events:
            _publish(gallery, gallery.event(slug))


def _publish(gallery: Gallery, event: Event) -> None:
    conflicts.look(gallery, WATCHER, event)
    with gallery.database.read() as session:  # reckoned before a transaction that others wait for
        results.result_of(session, event, gallery.clock())
    try:
        with gallery.database.write() as session:
            act = Act(session, WATCHER, gallery.clock(), event)
            judging = judgings.begun(act)
            if _is_due(judging, act.now):
                results.publish(act, with_feedback=judging.publish_with_feedback)
    except Unavailable:
        raise  # the database has no room: tried again
    except GalleryError as problem:
        with gallery.database.write() as session:
            _refuse(Act(session, WATCHER, gallery.clock(), event), str(problem))


def _refuse(act: Act, problem: str) -> None:
    """Nothing is published silently that nobody looked at: the organisers hear of it, once."""
    judging = judgings.begun(act)
    if not _is_due(judging, act.now):
        return
    judging.publish_at, judging.publish_problem = None, problem
    act.record(
        "publication.refused", subject=("event", act.event.slug), details={"reason": problem}
    )
    notifications.tell(
        act.session,
        act.now,
        event=act.event,
        kind=Kind.PUBLISHING,
        to=notifications.organisers(act.session, act.event),
        about=("event", act.event.slug),
        title=f"The result of {act.event.name} was not published",
        text=f"{problem[:1].upper()}{problem[1:]}.",
        path="/organise/result",
    )


def _is_due(judging: Judging, now: datetime) -> bool:
    return (
        judging.published_at is None
        and judging.publish_at is not None
        and judging.publish_at <= now
    )


def _unpublished(act: Act) -> Judging:
    judging = judgings.begun(act)
    if judging.published_at is not None:
        raise Closed("the result is published already, and stays as it is")
    return judging
