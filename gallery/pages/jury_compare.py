"""A juror compares: two demos side by side, three answers."""

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from gallery.errors import GalleryError
from gallery.judging import comparisons
from gallery.judging.comparisons import Pair
from gallery.pages.submission import demo_address
from gallery.submissions.showing import Showing
from gallery.submissions.stood import stood
from gallery.web.forms import Number, Text
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)


@router.get("/{event_slug}/jury/compare")
def compare(visit: VisitDep) -> Response:
    """The pair that tells most about the juror's own first three."""
    return _show(visit)


@router.post("/{event_slug}/jury/compare")
def answer(visit: VisitDep, left: Number = 0, right: Number = 0, better: Text = "") -> Response:
    """`left`, `right` or `equal`; the next pair follows."""
    return visit.change(
        lambda act: comparisons.compare(act, left=left, right=right, better=better),
        to="/jury/compare",
        done="compared",
        refused=lambda problem: _show(visit, problem=problem),
    )


def _show(visit: Visit, *, problem: GalleryError | None = None) -> Response:
    with visit.gallery.database.read() as session:
        pair = comparisons.offered(visit.act(session))
        sides = (
            [] if pair is None else [_side(visit, session, pair, at) for at in ("left", "right")]
        )
    return visit.page("jury-compare.html", problem=problem, pair=pair, sides=sides)


def _side(visit: Visit, session: Session, pair: Pair, at: str) -> tuple[str, Showing, str | None]:
    """As it stood at the deadline."""
    submission = pair.left if at == "left" else pair.right
    shown = stood(visit.act(session), submission_id=submission.id)
    return at, shown, demo_address(visit.gallery, shown)
