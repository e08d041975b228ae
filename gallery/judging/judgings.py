"""Judging as a whole: which demos it is about, and when scores are taken."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Judging, Submission
from gallery.errors import Closed
from gallery.event.event import Event, PhaseKey
from gallery.people import texts

LOOKS = 3
"""So many jurors see each demo, unless the organisers say otherwise."""


def of_event(session: Session, event: Event) -> Judging | None:
    """None while nobody was assigned anything."""
    return session.get(Judging, event.slug)


def begun(act: Act, *, looks: int = LOOKS) -> Judging:
    """The event's judging, made when there is none."""
    found = act.session.get(Judging, act.event.slug, with_for_update=True)
    if found is None:
        found = Judging(
            event=act.event.slug, looks=looks, anchors=[], away=[], final_order=[], final_reason=""
        )
        act.session.add(found)
        act.session.flush()
    return found


def is_published(session: Session, event: Event) -> bool:
    """Whether everybody may know the result, and nothing of it changes any more."""
    found = of_event(session, event)
    return found is not None and found.published_at is not None


def demos(session: Session, event: Event) -> Sequence[Submission]:
    """What the jury judges: handed in, and not hidden."""
    return session.scalars(
        select(Submission)
        .where(
            Submission.event == event.slug,
            Submission.state == "submitted",
            Submission.hidden_at.is_(None),
        )
        .order_by(Submission.id)
    ).all()


def require_scoring(act: Act) -> None:
    """Raises `Closed` before and after the phase, and when organisers closed it."""
    require_scoring_of(act, of_event(act.session, act.event))


def require_scoring_of(act: Act, found: Judging | None) -> None:
    """As `require_scoring`, for who has the event's judging at hand."""
    if found is not None and found.published_at is not None:
        raise Closed("the result is published, so scores are not taken any more")
    if found is not None and found.closed_at is not None:
        raise Closed("the organisers have closed the judging; ask them to open it again")
    act.event.require_open(PhaseKey.JUDGING, act.now, "judging")


def require_unpublished(act: Act) -> None:
    """Raises `Closed` for what would change that of which a published result was made."""
    if is_published(act.session, act.event):
        raise Closed("the result is published; what led to it stays as it is")


def close(act: Act, *, reason: str) -> None:
    """Scores are not taken from now on, whatever the phase."""
    found = _changed(act)
    reason = _reason(reason)
    if found.closed_at is None:
        found.closed_at = act.now
        act.record("judging.closed", subject=("event", act.event.slug), details={"reason": reason})


def reopen(act: Act, *, reason: str) -> None:
    """Scores are taken again, within the phase."""
    found = _changed(act)
    reason = _reason(reason)
    if found.closed_at is not None:
        found.closed_at = None
        act.record("judging.opened", subject=("event", act.event.slug), details={"reason": reason})


def _changed(act: Act) -> Judging:
    act.actor.require_organiser(act.event.slug)
    require_unpublished(act)
    return begun(act)


def _reason(reason: str) -> str:
    return texts.line(reason, field="reason", what="the reason", least=3, most=500)
