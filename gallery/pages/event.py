"""The Event page, and the same dates as a calendar to subscribe to."""

import hashlib
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from markupsafe import Markup
from starlette.responses import JSONResponse

from gallery.event.calendar import calendar
from gallery.event.event import Event, PhaseKey
from gallery.event.programme import PlaceKind
from gallery.event.timeline import span, standing, timeline
from gallery.event.zones import in_words
from gallery.judging import results
from gallery.judging.podium import winners
from gallery.web.dependencies import EventDep, GalleryDep, NowDep
from gallery.web.visit import VisitDep

router = APIRouter(include_in_schema=False)


@router.get("/{event_slug}/event")
def show(visit: VisitDep) -> Response:
    """What the sprint is, when things happen, who speaks, where to ask."""
    event = visit.event
    with visit.gallery.database.read() as session:
        result = results.published(session, event)
        podium = winners(session, event, result) if result is not None else []
    address = f"{visit.gallery.settings.base_url}/{event.slug}/calendar.ics"
    return visit.public_page(
        "event.html",
        podium=podium,
        rows=timeline(event, visit.now),
        standing=lambda phase: standing(phase, visit.now),
        span=span,
        local=lambda when: _local(when, event),
        in_zone=lambda when, zone, form: when.astimezone(ZoneInfo(zone)).strftime(form),
        city=event.timezone.rpartition("/")[2].replace("_", " "),
        places={kind: [p for p in event.places if p.kind == kind] for kind in PlaceKind},
        calendar=address,
        subscribe=urlsplit(address)._replace(scheme="webcal").geturl(),
    )


@router.get("/{event_slug}/calendar.ics")
def subscribe(request: Request, gallery: GalleryDep, event: EventDep) -> Response:
    """Calendars ask again and again: they are told cheaply when nothing has changed."""
    content = calendar(event, gallery.settings.base_url)
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=600"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'inline; filename="{event.slug}.ics"'
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


@router.get("/{event_slug}/clock.json")
def clock(event: EventDep, now: NowDep) -> Response:
    """What a countdown needs: this server's time, and the deadline in force."""
    said = {
        "now": now.timestamp() * 1000,
        "opens": event.phase(PhaseKey.SUBMISSION).starts.timestamp() * 1000,
        "deadline": event.deadline.timestamp() * 1000,
        "words": in_words(event.deadline, event.zone),
    }
    return JSONResponse(said, headers={"Cache-Control": "no-store"})


def _local(when: datetime, event: Event) -> Markup:
    """A `<time>` that a script turns into the visitor's zone; without it, the event's own."""
    shown = when.astimezone(event.zone).strftime("%-d %B %Y, %H:%M %Z")
    return Markup('<time datetime="{}" data-form="minute">{}</time>').format(
        when.isoformat(), shown
    )
