"""The front page, and each event's."""

from fastapi import APIRouter, Request, Response

from gallery.pages.dependencies import EventDep, GalleryDep, ViewerDep
from gallery.pages.render import page

router = APIRouter(include_in_schema=False)


@router.get("/")
def front(request: Request, gallery: GalleryDep, viewer: ViewerDep) -> Response:
    """The current event's gallery."""
    return page(request, "home.html", viewer=viewer, event=gallery.current)


@router.get("/{event_slug}")
def home(request: Request, event: EventDep, viewer: ViewerDep) -> Response:
    """An event's gallery."""
    return page(request, "home.html", viewer=viewer, event=event)
