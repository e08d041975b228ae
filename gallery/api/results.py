"""A published result, for programs: what its page says."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import Field

from gallery.api.answers import Answer, picture_address
from gallery.event.event import Event
from gallery.event.terms import Prize
from gallery.judging import results
from gallery.judging.podium import Winner, winners
from gallery.judging.results import Result
from gallery.web.dependencies import EventDep, GalleryDep
from gallery.web.problems import nowhere

router = APIRouter(tags=["Events"])


class WinningDemo(Answer):
    """As it is shown on its page."""

    id: int
    url: str = Field(description="Its page")
    title: str
    team: str
    thumbnail: str | None = Field(description="Address of a picture")
    podium: float = Field(description="The probability that it is among the best three")
    looks: int = Field(description="So many jurors scored it")


class PlaceAnswer(Answer):
    """One of the first three places."""

    place: int
    is_shared: bool = Field(description="Whether another demo has the same place")
    prize: Prize | None
    submission: WinningDemo | None = Field(description="Null where it is not shown any more")

    @classmethod
    def of(cls, winner: Winner, event: Event, base: str) -> Self:
        row, shown = winner.row, winner.submission
        demo = None
        if shown is not None:
            demo = WinningDemo(
                id=row.demo,
                url=f"{base}/{event.slug}/submissions/{row.demo}",
                title=row.title,
                team=row.team,
                thumbnail=picture_address(base, shown.thumbnail) if shown.thumbnail else None,
                podium=round(row.podium, 2),
                looks=row.looks,
            )
        return cls(
            place=winner.place, is_shared=winner.is_shared, prize=winner.prize, submission=demo
        )


class ResultAnswer(Answer):
    """The jury's choice."""

    event: str
    url: str = Field(description="Its page, which says how it was found")
    published_at: datetime
    demos: int = Field(description="So many were judged")
    looks: int = Field(description="So many ballots count")
    podium: tuple[PlaceAnswer, ...]
    reason: str = Field(
        description="Why the organisers' order is not the ranking's; empty if it is"
    )

    @classmethod
    def of(cls, result: Result, podium: list[Winner], event: Event, base: str) -> Self:
        return cls(
            event=event.slug,
            url=f"{base}/{event.slug}/results",
            published_at=result.at,
            demos=len(result.rows),
            looks=sum(row.looks for row in result.rows),
            podium=tuple(PlaceAnswer.of(winner, event, base) for winner in podium),
            reason=result.reason,
        )


@router.get("/events/{event_slug}/results")
def event_results(gallery: GalleryDep, event: EventDep) -> ResultAnswer:
    """The first three, once the organisers published them; before that there is no such address."""
    with gallery.database.read() as session:
        found = results.published(session, event)
        if found is None:
            raise nowhere()
        podium = winners(session, event, found)
    return ResultAnswer.of(found, podium, event, gallery.settings.base_url)
