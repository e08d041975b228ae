"""The published result: who won, how sure that is, and how it was found."""

from fastapi import APIRouter, Response

from gallery.errors import NotFound
from gallery.judging import results
from gallery.judging.podium import winners
from gallery.web.visit import VisitDep

router = APIRouter(include_in_schema=False)


@router.get("/{event_slug}/results")
def show(visit: VisitDep) -> Response:
    """Before it is published there is no such page, for anybody."""
    with visit.gallery.database.read() as session:
        found = results.published(session, visit.event)
        if found is None:
            raise NotFound("there is no result yet; the organisers publish it when judging is over")
        podium = winners(session, visit.event, found)
    return visit.public_page("results.html", result=found, podium=podium)
