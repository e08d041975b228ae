"""Submissions: searched and looked at. With a team's token, its drafts are there as well."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from gallery.act import Act
from gallery.api.answers import CardAnswer
from gallery.api.callers import BlindDep, CallerDep, RowId
from gallery.api.shown import (
    CheckRunAnswer,
    HappeningAnswer,
    PictureAnswer,
    RevisionAnswer,
    SubmissionAnswer,
    pictures_of,
)
from gallery.browsing import query
from gallery.browsing.browse import Found, cards_of, search
from gallery.browsing.query import MAX_PAGE, MAX_TEXT, Sort
from gallery.errors import NotAllowed
from gallery.services import ServicesDep
from gallery.submissions import revisions
from gallery.submissions.access import seen
from gallery.submissions.content import SubmissionContent
from gallery.submissions.history import history as past
from gallery.submissions.showing import latest_checks, show
from gallery.web.dependencies import EventDep, GalleryDep, NowDep

MOST_PER_PAGE = 100
RELATED = 12

router = APIRouter(prefix="/events/{event_slug}/submissions", tags=["Submissions"])
Words = Annotated[str, Query(max_length=MAX_TEXT)]


@router.get("")
def submissions(
    response: Response,
    services: ServicesDep,
    event: EventDep,
    now: NowDep,
    blind: BlindDep,
    q: Annotated[Words, Query(description="Words that must all be found")] = "",
    task: Words = "",
    control: Words = "",
    base_model: Words = "",
    tag: Words = "",
    state: Annotated[
        Words, Query(description="`live`, `asleep`, `down`, `gone` or `unknown`")
    ] = "",
    sort: Sort = Sort.SHUFFLED,
    day: Annotated[date | None, Query(description="Whose shuffled order, today's if none")] = None,
    page: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 1,
    per_page: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 24,
) -> list[CardAnswer]:
    """What was handed in. `Link` leads to the other pages, `X-Total-Count` says how many fit."""
    values = {"q": q, "task": task, "control": control, "base_model": base_model, "tag": tag}
    values |= {"state": state, "sort": sort, "page": str(page)}
    values |= {"day": day.isoformat()} if day else {}
    if blind and sort.tells_likes:
        raise NotAllowed(
            "the order by likes is closed to jurors until their own ballots are in; leave sort out"
        )
    asked = query.Query.from_params(event.slug, values)
    found = search(services.listing, asked, now, per_page=per_page)
    base_url = services.gallery.settings.base_url
    response.headers["X-Total-Count"] = str(found.total)
    if link := _link(found, base_url, per_page):
        response.headers["Link"] = link
    return [CardAnswer.of(card, base_url, blind=blind) for card in found.cards]


@router.get("/{submission_id}")
def submission(
    gallery: GalleryDep,
    event: EventDep,
    caller: CallerDep,
    now: NowDep,
    blind: BlindDep,
    submission_id: RowId,
) -> SubmissionAnswer:
    """One submission, whole."""
    with gallery.database.read() as session:
        shown = show(Act(session, caller, now, event), submission_id=submission_id)
    return SubmissionAnswer.of(shown, gallery.settings.base_url, blind=blind)


@router.get("/{submission_id}/pictures")
def sample_pictures(
    gallery: GalleryDep, event: EventDep, caller: CallerDep, now: NowDep, submission_id: RowId
) -> list[PictureAnswer]:
    """Its sample pictures, in its order."""
    with gallery.database.read() as session:
        shown = show(Act(session, caller, now, event), submission_id=submission_id)
    return list(pictures_of(shown, gallery.settings.base_url))


@router.get("/{submission_id}/related")
def related(
    services: ServicesDep,
    event: EventDep,
    caller: CallerDep,
    blind: BlindDep,
    submission_id: RowId,
) -> list[CardAnswer]:
    """Those that share most with it, the nearest first."""
    gallery = services.gallery
    near = services.listing.related(event.slug, submission_id, limit=RELATED)
    with gallery.database.read() as session:
        seen(session, caller, event=event, submission_id=submission_id)
        cards = cards_of(session, event.slug, near)
    return [CardAnswer.of(card, gallery.settings.base_url, blind=blind) for card in cards]


@router.get("/{submission_id}/checks")
def checks(
    gallery: GalleryDep, event: EventDep, caller: CallerDep, submission_id: RowId
) -> CheckRunAnswer:
    """What the checks said when they last ran."""
    with gallery.database.read() as session:
        found = seen(session, caller, event=event, submission_id=submission_id)
        return CheckRunAnswer.of(latest_checks(session, found.id))


@router.get("/{submission_id}/history")
def history(
    gallery: GalleryDep, event: EventDep, caller: CallerDep, submission_id: RowId
) -> list[HappeningAnswer]:
    """All that was done to it, the newest first: saved, submitted, withdrawn, hidden…"""
    with gallery.database.read() as session:
        found = past(session, caller, event=event, submission_id=submission_id)
    return HappeningAnswer.all(found)


@router.get("/{submission_id}/revisions")
def revision_list(
    gallery: GalleryDep, event: EventDep, caller: CallerDep, submission_id: RowId
) -> list[RevisionAnswer]:
    """Every version, the newest first."""
    with gallery.database.read() as session:
        found = revisions.versions(session, caller, event=event, submission_id=submission_id)
    return RevisionAnswer.all(found)


@router.get("/{submission_id}/revisions/{number}")
def revision(
    gallery: GalleryDep, event: EventDep, caller: CallerDep, submission_id: RowId, number: RowId
) -> SubmissionContent:
    """What it said in one version."""
    with gallery.database.read() as session:
        return revisions.look(
            session, caller, event=event, submission_id=submission_id, number=number
        )


def _link(found: Found, base: str, per_page: int) -> str:
    """RFC 8288: `first`, `prev`, `next` and `last`, where there are any."""
    page = found.query.page
    wanted = {"first": 1, "prev": page - 1, "next": page + 1, "last": found.pages}
    params = found.query.to_params() | {"per_page": str(per_page)}
    address = f"{base}/api/v1/events/{found.query.event}/submissions"
    return ", ".join(
        f'<{address}?{urlencode(params | {"page": str(number)})}>; rel="{rel}"'
        for rel, number in wanted.items()
        if 1 <= number <= found.pages and found.pages > 1
    )
