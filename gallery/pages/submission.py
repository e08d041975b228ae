"""A submission's page, and what visitors may do on it: like, report, wake the demo."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Response
from starlette.responses import JSONResponse, RedirectResponse

from gallery.browsing import browse
from gallery.browsing.query import Query
from gallery.gallery import Gallery
from gallery.judging import results
from gallery.judging.blind import is_blind, require_sighted
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from gallery.pages.front import STATE_WORDS
from gallery.services import ServicesDep
from gallery.submissions import likes, waking
from gallery.submissions.showing import Showing, show
from gallery.web import structured
from gallery.web.forms import Text
from gallery.web.visit import Visit, VisitDep

RELATED = 4
router = APIRouter(include_in_schema=False)


@router.get("/{event_slug}/submissions/{submission_id}")
def submission(visit: VisitDep, services: ServicesDep, submission_id: int) -> Response:
    """Its story, pictures, demo and facts."""
    gallery, event = visit.gallery, visit.event
    with gallery.database.read() as session:
        blind = is_blind(visit.act(session))
    query = Query.from_address(event.slug, visit.request.query_params).of_day(visit.now.date())
    if blind:
        query = query.blinded()
    place = services.listing.place(query, submission_id)
    near = services.listing.related(event.slug, submission_id, limit=RELATED)
    with gallery.database.read() as session:
        shown = show(visit.act(session), submission_id=submission_id)
        is_liked = likes.is_liked(session, visit.viewer, submission_id)
        related = browse.cards_of(session, event.slug, near)
        won = results.places(session, event.slug).get(submission_id)
    return visit.public_page(
        "submission.html",
        blind=blind,
        shown=shown,
        is_liked=is_liked,
        content=shown.content,
        submission=shown.submission,
        related=related,
        query=query,
        place=place,
        won=won,
        prize=results.prize(event, won) if won else None,
        per_page=browse.PER_PAGE,
        state_words=STATE_WORDS,
        hub=gallery.settings.hf_endpoint,
        demo=demo_address(gallery, shown),
        structured_data=structured.of_submission(gallery, event, shown),
    )


@router.post("/{event_slug}/submissions/{submission_id}/like")
def like(visit: VisitDep, submission_id: int) -> Response:
    """One per account."""
    with visit.gallery.database.write() as session:
        act = visit.act(session)
        require_sighted(act)
        count = likes.like(act, submission_id=submission_id).likes
    return _liked(visit, submission_id, likes=count, is_liked=True)


@router.post("/{event_slug}/submissions/{submission_id}/unlike")
def unlike(visit: VisitDep, submission_id: int) -> Response:
    """Takes it back."""
    with visit.gallery.database.write() as session:
        act = visit.act(session)
        require_sighted(act)
        count = likes.unlike(act, submission_id=submission_id).likes
    return _liked(visit, submission_id, likes=count, is_liked=False)


@router.post("/{event_slug}/submissions/{submission_id}/report")
def report(visit: VisitDep, submission_id: int, reason: Text = "") -> Response:
    """Tells the organisers."""
    with visit.gallery.database.write() as session:
        moderation.report(
            visit.act(session),
            subject=Subject.SUBMISSION,
            subject_id=submission_id,
            reason=reason,
        )
    return visit.to(f"/submissions/{submission_id}", "reported")


@router.post("/{event_slug}/submissions/{submission_id}/wake")
def wake(visit: VisitDep, submission_id: int) -> Response:
    """Visits a sleeping demo, which wakes it up."""
    waking.wake(visit.gallery, visit.viewer, event=visit.event, submission_id=submission_id)
    return visit.to(f"/submissions/{submission_id}", "woken")


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


def _liked(visit: Visit, submission_id: int, *, likes: int, is_liked: bool) -> Response:
    if "application/json" in visit.request.headers.get("accept", ""):
        return JSONResponse({"likes": likes, "liked": is_liked})
    return RedirectResponse(f"{visit.root}/submissions/{submission_id}", 303)
