"""Certificates, as PDF and as picture, once the result is published."""

from fastapi import APIRouter, Response

from gallery.errors import NotFound
from gallery.judging.certificates import content, layout
from gallery.web.forms import RowId
from gallery.web.visit import VisitDep

router = APIRouter(include_in_schema=False)

FORMS = {"pdf": (layout.as_pdf, "application/pdf"), "png": (layout.as_png, "image/png")}


@router.get("/{event_slug}/submissions/{submission_id}/certificate.{form}")
def certificate(visit: VisitDep, submission_id: RowId, form: str) -> Response:
    """`pdf` or `png`; made anew each time somebody's name changes."""
    if form not in FORMS:
        raise NotFound(f"a certificate is there as {' and '.join(FORMS)}; choose one")
    with visit.gallery.database.read() as session:
        told = content.certificate(visit.act(session), submission_id=submission_id)
    make, media_type = FORMS[form]
    name = f"{visit.event.slug}-{submission_id}-certificate.{form}"
    return Response(
        make(told, visit.gallery.settings.fonts_dir),
        media_type=media_type,
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            "Cache-Control": "private, no-cache",
        },
    )
