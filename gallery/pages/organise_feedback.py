"""Moderation of what jurors wrote for the teams: released, edited or held back, then sent."""

from fastapi import APIRouter, Response

from gallery.errors import GalleryError, NotFound
from gallery.judging import feedback, judgings
from gallery.pages.organise import section
from gallery.web.forms import Number, Text
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)


@router.get("/{event_slug}/organise/feedback")
def show(visit: VisitDep) -> Response:
    """Every comment by demo, without names, those that wait first."""
    return _show(visit)


@router.post("/{event_slug}/organise/feedback/send")
def send(visit: VisitDep) -> Response:
    """The teams read what is released, and hear of it."""
    return visit.change(
        feedback.send,
        to="/organise/feedback",
        done="feedback-sent",
        refused=lambda problem: _show(visit, problem=problem),
    )


@router.post("/{event_slug}/organise/feedback")
def decide(
    visit: VisitDep,
    demo: Number = 0,
    comment: Number = 0,
    text: Text = "",
    reason: Text = "",
    decision: Text = "",
) -> Response:
    """`release` or `hold` one comment; other words and holding back take a reason."""
    if decision not in ("release", "hold"):
        raise NotFound("a comment is released or held back; open the page again")
    return visit.change(
        lambda act: feedback.decide(
            act,
            submission_id=demo,
            key=comment,
            is_held_back=decision == "hold",
            text=text,
            reason=reason,
        ),
        to="/organise/feedback",
        done="feedback-decided",
        refused=lambda problem: _show(
            visit, problem=problem, typed={"comment": comment, "text": text, "reason": reason}
        ),
    )


def _show(
    visit: Visit,
    *,
    problem: GalleryError | None = None,
    typed: dict[str, object] | None = None,
) -> Response:
    with visit.gallery.database.read() as session:
        act = visit.act(session)
        found = feedback.for_moderation(act)
        judging = judgings.of_event(session, visit.event)
    states = [one.state for demo in found for one in demo.comments]
    return section(
        visit,
        "feedback",
        problem=problem,
        demos=found,
        waiting=states.count(feedback.State.WAITING),
        released=states.count(feedback.State.RELEASED),
        judging=judging,
        typed=typed or {},
        text_most=feedback.TEXT_MOST,
        reason_most=feedback.REASON_MOST,
    )
