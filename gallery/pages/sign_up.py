"""Signing up for an event, and what the organisers said."""

from fastapi import APIRouter, Response

from gallery.browsing import directory
from gallery.errors import GalleryError
from gallery.event.phase import PhaseKey
from gallery.teams import sign_ups
from gallery.web.forms import Text
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)


@router.get("/{event_slug}/sign-up")
def show(visit: VisitDep) -> Response:
    """The form, or where the sign-up stands."""
    return _show(visit)


@router.post("/{event_slug}/sign-up")
def sign_up(visit: VisitDep, about: Text = "") -> Response:
    """Again, while it waits: then it is changed."""
    return visit.change(
        lambda act: sign_ups.sign_up(act, about=about),
        to="/sign-up",
        done="accepted-at-once" if visit.event.is_practice else "signed-up",
        refused=lambda problem: _show(visit, about=about, problem=problem),
    )


@router.post("/{event_slug}/sign-up/withdraw")
def withdraw(visit: VisitDep) -> Response:
    """Taking no part after all."""
    return visit.change(
        lambda act: sign_ups.withdraw(act),
        to="/sign-up",
        done="sign-up-withdrawn",
        refused=lambda problem: _show(visit, problem=problem),
    )


def _show(
    visit: Visit, *, about: str | None = None, problem: GalleryError | None = None
) -> Response:
    with visit.gallery.database.read() as session:
        standing = directory.standing(session, visit.viewer, visit.event)
    found = standing.sign_up
    return visit.page(
        "sign-up.html",
        problem=problem,
        standing=standing,
        about=about if about is not None else found.about if found else "",
        is_open=visit.event.is_open(PhaseKey.SIGN_UP, visit.now),
        phase=visit.event.phase(PhaseKey.SIGN_UP),
    )
