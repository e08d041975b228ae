"""The deliberation: the shortlist side by side, and the organisers' notes on it."""

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from gallery.judging import deliberation, judgings, results
from gallery.pages.organise import section
from gallery.web.autosave import Typed, answered
from gallery.web.forms import RowId
from gallery.web.visit import VisitDep

router = APIRouter(include_in_schema=False)


class Noted(Typed):
    """A note as one types it."""

    text: str = ""


@router.get("/{event_slug}/organise/deliberation")
def show(visit: VisitDep, first: int = 0) -> Response:
    """`first` is how many to show; without it, those who may be among the first three."""
    with visit.gallery.database.read() as session:
        act = visit.act(session)
        results.require_may_know(act)
        found = results.published(session, visit.event) or results.result_of(
            session, visit.event, visit.now
        )
        candidates = deliberation.shortlist(act, found, count=max(0, min(first, deliberation.MOST)))
        judging = judgings.of_event(session, visit.event)
    return section(
        visit,
        "deliberation",
        candidates=candidates,
        total=len(found.rows),
        most=deliberation.MOST,
        text_most=deliberation.TEXT_MOST,
        hub=visit.gallery.settings.hf_endpoint,
        is_over=judging is not None and judging.published_at is not None,
    )


@router.post("/{event_slug}/organise/deliberation/{submission_id}")
def save(visit: VisitDep, submission_id: RowId, typed: Noted) -> Response:
    """One note, for the page's script: it is told the number to go on from."""

    def newest(session: Session) -> tuple[int, dict[str, object]]:
        kept = deliberation.note_of(session, submission_id)
        return (0, {"text": ""}) if kept is None else (kept.number, {"text": kept.text})

    return answered(
        visit,
        typed,
        lambda act: deliberation.save_note(
            act, submission_id=submission_id, number=typed.number, text=typed.text
        ),
        newest=newest,
    )
