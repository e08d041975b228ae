"""The deliberation: the shortlist side by side, and the organisers' notes on it."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse

from gallery.errors import GalleryError, Stale
from gallery.judging import deliberation, judgings, results
from gallery.pages.organise import section
from gallery.web.forms import RowId
from gallery.web.visit import VisitDep

router = APIRouter(include_in_schema=False)


class Typed(BaseModel):
    """What the page's script sends as one types."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: int
    owner: int | None = None
    """Whose page it is, by account: another person may have signed in since, in another tab."""
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
        is_over=judging is not None and judging.published_at is not None,
    )


@router.post("/{event_slug}/organise/deliberation/{submission_id}")
def save(visit: VisitDep, submission_id: RowId, typed: Typed) -> Response:
    """One note, for the page's script: it is told the number to go on from."""
    try:
        visit.require_owner(typed.owner)
        with visit.gallery.database.write() as session:
            kept = deliberation.save_note(
                visit.act(session),
                submission_id=submission_id,
                number=typed.number,
                text=typed.text,
            )
            answer = {"number": kept.number, "saved_at": kept.saved_at.isoformat()}
    except GalleryError as problem:
        body: dict[str, object] = {"problem": str(problem), "code": problem.code, "number": None}
        if isinstance(problem, Stale):
            with visit.gallery.database.read() as session:
                newest = deliberation.note_of(session, submission_id)
            number, text = (newest.number, newest.text) if newest is not None else (0, "")
            body |= {"number": number, "kept": {"text": text}}
        return JSONResponse(body, problem.status, problem.headers)
    return JSONResponse(answer)
