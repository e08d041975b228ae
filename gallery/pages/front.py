"""The gallery's home: every event's cards, searched, filtered and sorted by their address."""

from fastapi import APIRouter, Request, Response
from starlette.responses import HTMLResponse

from gallery.browsing.browse import search
from gallery.browsing.query import Query, Sort
from gallery.event.phase import PhaseKey
from gallery.judging.blind import is_blind
from gallery.services import Services, ServicesDep
from gallery.web.dependencies import NowDep, ViewerDep
from gallery.web.render import fragment
from gallery.web.visit import Visit, VisitDep

FILTER_NAMES = {
    "task": "Task",
    "control": "Control",
    "base_model": "Base model",
    "tag": "Tag",
    "state": "State",
}
SORT_NAMES = {
    Sort.SHUFFLED: "Shuffled daily",
    Sort.NEWEST: "Newest",
    Sort.LIKES: "Most liked here",
    Sort.HUB_LIKES: "Most liked on the Hub",
    Sort.TITLE: "Title",
}
STATE_WORDS = {
    "live": "live",
    "asleep": "asleep",
    "down": "down",
    "gone": "gone",
    "unknown": "not checked",
}

router = APIRouter(include_in_schema=False)


@router.get("/")
def front(request: Request, services: ServicesDep, viewer: ViewerDep, now: NowDep) -> Response:
    """The current event's gallery."""
    gallery = services.gallery
    return home(Visit(request, gallery, gallery.current, viewer, now), services)


@router.get("/{event_slug}")
def home(visit: VisitDep, services: ServicesDep) -> Response:
    """An event's gallery."""
    return visit.public_page("home.html", **_values(visit, services))


@router.get("/{event_slug}/found")
def found(visit: VisitDep, services: ServicesDep) -> Response:
    """What the home page puts in place as one types: the same cards, without the page."""
    values = _values(visit, services)
    return HTMLResponse(fragment("found.html", now=visit.now, event=visit.event, **values))


def _values(visit: Visit, services: Services) -> dict:
    with visit.gallery.database.read() as session:
        blind = is_blind(visit.act(session))
    query = Query.from_address(visit.event.slug, visit.request.query_params)
    if blind:
        query = query.blinded()
    found = search(services.listing, query, visit.now)
    if query.page > found.pages:  # withdrawn since the address was shared, or mistyped
        query = query.on_page(1)
        found = search(services.listing, query, visit.now)
    submission = visit.event.phase(PhaseKey.SUBMISSION)
    return {
        "blind": blind,
        "found": found,
        "query": query,
        "filter_names": FILTER_NAMES,
        "sort_names": {
            sort: name for sort, name in SORT_NAMES.items() if not (blind and sort.tells_likes)
        },
        "state_words": STATE_WORDS,
        "submission_phase": submission,
    }
