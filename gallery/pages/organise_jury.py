"""The organisers' side of judging: handing out, progress, conflicts, closing."""

from fastapi import APIRouter, Response

from gallery.errors import GalleryError, NotFound
from gallery.judging import conflicts, handing_out, judgings
from gallery.judging.progress import DISAGREEMENT, progress
from gallery.pages.organise import section
from gallery.web.forms import Number, RowId, Text
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)

VERBS = {"close": (judgings.close, "judging-closed"), "open": (judgings.reopen, "judging-opened")}


@router.get("/{event_slug}/organise/jury")
def show(visit: VisitDep) -> Response:
    """Who is how far, which demos lack looks, and what was flagged."""
    return _show(visit)


@router.post("/{event_slug}/organise/jury/hand-out")
def hand_out(visit: VisitDep, looks: Number = judgings.LOOKS, anchors: Number = 0) -> Response:
    """Gives demos to jurors, or changes as little as possible of what was given."""
    try:
        done = handing_out.hand_out(
            visit.gallery, visit.viewer, event=visit.event, looks=looks, anchors=anchors
        )
    except GalleryError as problem:
        return _show(visit, problem=problem, looks=looks, anchors=anchors)
    return _show(visit, done=done, anchors=anchors)


@router.post("/{event_slug}/organise/jury/jurors/{account_id}/{state}")
def set_away(visit: VisitDep, account_id: RowId, state: str, reason: Text = "") -> Response:
    """`away` or `back`."""
    if state not in ("away", "back"):
        raise NotFound("a juror is away or back; open the board again")
    return visit.change(
        lambda act: handing_out.set_away(
            act, account_id=account_id, is_away=state == "away", reason=reason
        ),
        to="/organise/jury",
        done=f"juror-{state}",
        refused=lambda problem: _show(visit, problem=problem),
    )


@router.post("/{event_slug}/organise/jury/conflicts/lift")
def lift(visit: VisitDep, juror: Number = 0, demo: Number = 0, reason: Text = "") -> Response:
    """It is none after all."""
    return visit.change(
        lambda act: conflicts.lift(act, account_id=juror, submission_id=demo, reason=reason),
        to="/organise/jury",
        done="conflict-lifted",
        refused=lambda problem: _show(visit, problem=problem),
    )


@router.post("/{event_slug}/organise/jury/{verb}")
def turn(visit: VisitDep, verb: str, reason: Text = "") -> Response:
    """`close` or `open`."""
    if verb not in VERBS:
        raise NotFound("judging is closed or opened; open the board again")
    use_case, done = VERBS[verb]
    return visit.change(
        lambda act: use_case(act, reason=reason),
        to="/organise/jury",
        done=done,
        refused=lambda problem: _show(visit, problem=problem),
    )


def _show(
    visit: Visit,
    *,
    problem: GalleryError | None = None,
    done: handing_out.HandedOut | None = None,
    looks: int | None = None,
    anchors: int = 0,
) -> Response:
    with visit.gallery.database.read() as session:
        found = progress(visit.act(session))
    return section(
        visit,
        "jury",
        problem=problem,
        progress=found,
        done=done,
        looks=looks or found.looks,
        anchors=anchors,
        disagreement=DISAGREEMENT,
    )
