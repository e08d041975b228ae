"""The podium of a published result: places with their prizes, as everybody may see them."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from gallery.database.tables import Submission
from gallery.event.event import Event
from gallery.event.terms import Prize
from gallery.judging import results
from gallery.judging.results import Result, Row


class Winner(NamedTuple):
    """Without a submission where it is not shown any more."""

    row: Row
    submission: Submission | None
    prize: Prize | None
    place: int
    is_shared: bool


def winners(session: Session, event: Event, result: Result) -> list[Winner]:
    """The first three, in order; more where the third place is shared."""
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
