"""What a page asks for in its signature: the gallery, the event, who is looking, the time.

What waits for nothing is `async`: FastAPI would send each plain function to a thread of its own,
which costs more than the function, four times a page.
"""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from gallery.actor import VISITOR, Actor
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.people import sessions


async def _gallery(request: Request) -> Gallery:
    return request.app.state.gallery


GalleryDep = Annotated[Gallery, Depends(_gallery)]


async def _now(gallery: GalleryDep) -> datetime:
    return gallery.clock()


NowDep = Annotated[datetime, Depends(_now)]


async def _event(gallery: GalleryDep, event_slug: str) -> Event:
    return gallery.event(event_slug)


async def _viewer(request: Request, gallery: GalleryDep, now: NowDep) -> Actor:
    cookie = request.cookies.get(sessions.COOKIE)
    if cookie is None:
        return VISITOR
    return await run_in_threadpool(actor_behind, gallery, cookie, now)


def actor_behind(gallery: Gallery, cookie: str | None, now: datetime) -> Actor:
    """Whose session cookie it is, or `VISITOR`; for what seldom has to know who is looking."""
    with gallery.database.read() as session:
        return sessions.actor_of(session, cookie, gallery.events.values(), now, key=gallery.key)


EventDep = Annotated[Event, Depends(_event)]
"""From `{event_slug}` in the address."""
ViewerDep = Annotated[Actor, Depends(_viewer)]
"""Who is signed in, or `VISITOR`."""
