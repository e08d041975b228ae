"""An event's newest demos as an Atom feed (RFC 4287), with answers for readers that ask again."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.browsing.listing import is_public
from gallery.database.tables import Revision, Submission, Team
from gallery.event.event import Event
from gallery.web.dependencies import EventDep, GalleryDep
from gallery.web.render import fragment

NEWEST = 50
FRESH_SECONDS = 300
"""For so long caches need not ask again."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Entry:
    """One demo in the feed."""

    id: int
    title: str
    summary: str
    thumbnail: str | None
    team: str
    submitted_at: datetime
    saved_at: datetime

    @property
    def updated(self) -> datetime:
        return max(self.saved_at, self.submitted_at)


@router.get("/{event_slug}/feed.atom")
def feed(request: Request, gallery: GalleryDep, event: EventDep) -> Response:
    """Its `updated` is the newest entry's, so that an unchanged feed is the same to the byte.

    It goes by its tag alone: no time tells that a demo of last week was hidden or restored.
    """
    with gallery.database.read() as session:
        entries = newest(session, event)
    updated = max((entry.updated for entry in entries), default=event.phases[0].starts)
    body = fragment(
        "feed.atom", event=event, entries=entries, updated=updated, base=gallery.settings.base_url
    )
    tag = f'W/"{sha256(body.encode()).hexdigest()[:20]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={FRESH_SECONDS}",
    }
    if _is_known(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/atom+xml", headers=headers)


def newest(session: Session, event: Event) -> tuple[Entry, ...]:
    """What was handed in last, the newest first."""
    rows = session.execute(
        select(
            Submission.id,
            Submission.title,
            Submission.summary,
            Submission.thumbnail,
            Team.name.label("team"),
            Submission.submitted_at,
            Revision.saved_at,
        )
        .join(Submission.team)
        .join(
            Revision,
            (Revision.submission_id == Submission.id) & (Revision.number == Submission.number),
        )
        .where(is_public(event.slug))
        .order_by(Submission.submitted_at.desc(), Submission.id.desc())
        .limit(NEWEST)
    )
    return tuple(Entry(**row._mapping) for row in rows)


def _is_known(request: Request, tag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or tag in (part.strip() for part in known.split(","))
