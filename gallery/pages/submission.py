"""A submission's page, and what visitors may do on it: like, report, wake the demo."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from gallery.actor import Actor
from gallery.browsing import browse
from gallery.browsing.query import Query
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from gallery.pages.front import STATE_WORDS
from gallery.services import ServicesDep
from gallery.submissions import likes, waking
from gallery.submissions.showing import Showing, show
from gallery.web import notices, structured
from gallery.web.dependencies import EventDep, GalleryDep, NowDep, ViewerDep
from gallery.web.render import page

RELATED = 4
router = APIRouter(include_in_schema=False)


@router.get("/{event_slug}/submissions/{submission_id}")
def submission(
    request: Request,
    gallery: GalleryDep,
    services: ServicesDep,
    event: EventDep,
    viewer: ViewerDep,
    now: NowDep,
    submission_id: int,
) -> Response:
    """Its story, pictures, demo and facts."""
    query = Query.from_address(event.slug, request.query_params).of_day(now.date())
    place = services.listing.place(query, submission_id)
    near = services.listing.related(event.slug, submission_id, limit=RELATED)
    with gallery.database.read() as session:
        shown = show(session, viewer, now, event=event, submission_id=submission_id)
        related = browse.cards_of(session, event.slug, near)
    return page(
        request,
        "submission.html",
        viewer=viewer,
        event=event,
        shown=shown,
        content=shown.content,
        submission=shown.submission,
        related=related,
        query=query,
        place=place,
        per_page=browse.PER_PAGE,
        state_words=STATE_WORDS,
        hub=gallery.settings.hf_endpoint,
        demo=demo_address(gallery, shown),
        structured_data=structured.of_submission(gallery, event, shown),
    )


@router.post("/{event_slug}/submissions/{submission_id}/like")
def like(
    request: Request, gallery: GalleryDep, event: EventDep, viewer: ViewerDep, submission_id: int
) -> Response:
    """One per account."""
    return _liking(request, gallery, event, viewer, submission_id, is_liked=True)


@router.post("/{event_slug}/submissions/{submission_id}/unlike")
def unlike(
    request: Request, gallery: GalleryDep, event: EventDep, viewer: ViewerDep, submission_id: int
) -> Response:
    """Takes it back."""
    return _liking(request, gallery, event, viewer, submission_id, is_liked=False)


@router.post("/{event_slug}/submissions/{submission_id}/report")
def report(
    gallery: GalleryDep,
    event: EventDep,
    viewer: ViewerDep,
    now: NowDep,
    submission_id: int,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Tells the organisers."""
    with gallery.database.write() as session:
        moderation.report(
            session,
            viewer,
            now,
            event=event,
            subject=Subject.SUBMISSION,
            subject_id=submission_id,
            reason=reason,
        )
    return notices.to(gallery, _address(event, submission_id), "reported")


@router.post("/{event_slug}/submissions/{submission_id}/wake")
def wake(gallery: GalleryDep, event: EventDep, viewer: ViewerDep, submission_id: int) -> Response:
    """Visits a sleeping demo, which wakes it up."""
    waking.wake(gallery, viewer, event=event, submission_id=submission_id)
    return notices.to(gallery, _address(event, submission_id), "woken")


def demo_address(gallery: Gallery, shown: Showing) -> str | None:
    """Where the demo itself answers, if it may be shown in a frame; None when it may not.

    A demo on this very site would be no stranger to its cookies, so it is never framed.
    """
    facts = shown.space.facts
    if facts is None or facts.host is None or facts.disable_embedding:
        return None
    ours, its = urlsplit(gallery.settings.base_url), urlsplit(facts.host)
    is_web = its.scheme in ("http", "https") and bool(its.hostname)
    return facts.host if is_web and its.netloc != ours.netloc else None


def _liking(
    request: Request,
    gallery: Gallery,
    event: Event,
    viewer: Actor,
    submission_id: int,
    *,
    is_liked: bool,
) -> Response:
    act = likes.like if is_liked else likes.unlike
    with gallery.database.write() as session:
        changed = act(session, viewer, gallery.clock(), event=event, submission_id=submission_id)
        count = changed.likes
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"likes": count, "liked": is_liked})
    return RedirectResponse(_address(event, submission_id), 303)


def _address(event: Event, submission_id: int) -> str:
    return f"/{event.slug}/submissions/{submission_id}"
