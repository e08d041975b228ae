"""The published result: who won, how sure that is, and how it was found."""

from typing import NamedTuple

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from gallery.database.tables import Submission
from gallery.errors import NotFound
from gallery.event.event import Event
from gallery.event.terms import Prize
from gallery.judging import results
from gallery.judging.results import Result, Row
from gallery.web.visit import VisitDep

router = APIRouter(include_in_schema=False)


class Winner(NamedTuple):
    """Without a submission where it is not shown any more."""

    row: Row
    submission: Submission | None
    prize: Prize | None
    place: int
    is_shared: bool


@router.get("/{event_slug}/results")
def show(visit: VisitDep) -> Response:
    """Before it is published there is no such page, for anybody."""
    with visit.gallery.database.read() as session:
        found = results.published(session, visit.event)
        if found is None:
            raise NotFound("there is no result yet; the organisers publish it when judging is over")
        podium = winners(session, visit.event, found)
    return visit.public_page("results.html", result=found, podium=podium)


def winners(session: Session, event: Event, result: Result) -> list[Winner]:
    """The first three, for `results-podium.html`."""
    found: list[Winner] = []
    for row in result.podium:
        place = result.place(row.demo)
        submission = session.get(Submission, row.demo)
        is_shown = submission is not None and results.is_shown(submission)
        found.append(
            Winner(
                row,
                submission if is_shown else None,
                results.prize(event, place),
                place,
                result.shares_place(row.demo),
            )
        )
    return found
