"""Events, as their files describe them."""

from fastapi import APIRouter

from gallery.api.answers import EventAnswer
from gallery.web.dependencies import EventDep, GalleryDep

router = APIRouter(tags=["Events"])


@router.get("/events")
def events(gallery: GalleryDep) -> list[EventAnswer]:
    """Every event here, the current one first."""
    return [EventAnswer.of(event) for event in gallery.events.values()]


@router.get("/events/{event_slug}")
def event(event: EventDep) -> EventAnswer:
    """One event: its phases, talks, rules and rubric."""
    return EventAnswer.of(event)
