"""A submission's history: every version, and what changed from one to the next."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Response

from gallery.errors import NotFound
from gallery.submissions import revisions
from gallery.submissions.access import seen
from gallery.submissions.history import history as past
from gallery.web.visit import VisitDep

FIELD_NAMES = {
    "space_id": "Space",
    "base_model": "Base model",
    "summary": "In one sentence",
    "description": "Story",
    "license": "Licence",
}

router = APIRouter(include_in_schema=False)


@router.get("/{event_slug}/submissions/{submission_id}/revisions")
@router.get("/{event_slug}/submissions/{submission_id}/revisions/{number}")
def history(visit: VisitDep, submission_id: int, number: int | None = None) -> Response:
    """All that happened, with the version asked for (or else the newest) beside the one before."""
    with visit.gallery.database.read() as session:
        which: Any = {"event": visit.event, "submission_id": submission_id}
        submission = seen(session, visit.viewer, **which)
        happenings = past(session, visit.viewer, **which)
        numbers = [one.number for one in happenings if one.number is not None]
        shown = numbers[0] if number is None else number
        if shown not in numbers:
            raise NotFound(f"this submission has no revision {shown}; choose one from its history")
        older = [one for one in numbers if one < shown]
        look = partial(revisions.look, session, visit.viewer, **which)
        content = look(number=shown)
        before = look(number=older[0]) if older else None
    return visit.public_page(
        "history.html",
        submission=submission,
        happenings=happenings,
        newest=numbers[0],
        shown=shown,
        content=content,
        changes=revisions.differences(before, content) if before else None,
        added=sorted(content.digests() - (before.digests() if before else set())),
        removed=sorted(before.digests() - content.digests()) if before else [],
        names=FIELD_NAMES,
    )
