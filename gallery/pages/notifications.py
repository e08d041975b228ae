"""One's news, what of it to hear, and the links in letters that switch it off."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from gallery.errors import GalleryError, Invalid
from gallery.gallery import Gallery
from gallery.pages.sign_in import PRIVATE
from gallery.people import notifications, preferences
from gallery.people.notifications import WORDS, Channel, Kind
from gallery.web import notices
from gallery.web.dependencies import GalleryDep, NowDep, ViewerDep
from gallery.web.forms import Number
from gallery.web.render import page

router = APIRouter(include_in_schema=False)

CHANNELS = {Channel.BADGE: "Here", Channel.LETTER: "By e-mail"}


@router.get("/news")
def news(
    request: Request, gallery: GalleryDep, viewer: ViewerDep, before: int | None = None
) -> Response:
    """The newest first. Looking changes nothing: links are opened ahead by browsers, too."""
    with gallery.database.read() as session:
        found = notifications.news_of(session, viewer, events=gallery.events, before=before)
    more = found[-1].id if len(found) == notifications.NEWS_PAGE else None
    return page(
        request,
        "news.html",
        viewer=viewer,
        event=gallery.current,
        headers=PRIVATE,
        found=found,
        more=more,
        before=before,
        events=gallery.events,
    )


@router.post("/news")
def read(gallery: GalleryDep, viewer: ViewerDep, now: NowDep, until: Number = 0) -> Response:
    """What was on the page is read; what came since is not."""
    with gallery.database.write() as session:
        notifications.read_all(session, viewer, now, until=until)
    return notices.to(gallery, "/news", "read")


@router.post("/account/news")
def choose(
    request: Request,
    gallery: GalleryDep,
    viewer: ViewerDep,
    now: NowDep,
    wanted: Annotated[list[str], Form(default_factory=list)],
) -> Response:
    """`wanted` is what was ticked, as `comment.letter`."""
    with gallery.database.write() as session:
        preferences.choose(session, viewer, now, wanted=[_switch(one) for one in wanted])
    return notices.to(gallery, "/account", "news-chosen")


@router.get("/news/off/{token}")
def look_at_link(request: Request, gallery: GalleryDep, viewer: ViewerDep, token: str) -> Response:
    """Asks first: mail scanners open links, too."""
    with gallery.database.read() as session:
        _, kind = preferences.behind(session, token, key=gallery.key)
    return _off(request, gallery, viewer, kind, is_done=False)


@router.post("/news/off/{token}")
def follow_link(
    request: Request, gallery: GalleryDep, viewer: ViewerDep, now: NowDep, token: str
) -> Response:
    """By the button of that page, or by the one that mail programs show (RFC 8058)."""
    with gallery.database.write() as session:
        kind = preferences.follow(session, now, token, key=gallery.key)
    return _off(request, gallery, viewer, kind, is_done=True)


def _off(
    request: Request, gallery: Gallery, viewer: ViewerDep, kind: Kind, *, is_done: bool
) -> Response:
    return page(
        request,
        "news-off.html",
        viewer=viewer,
        event=gallery.current,
        headers=PRIVATE,
        words=WORDS[kind],
        is_done=is_done,
    )


def _switch(value: str) -> preferences.Switch:
    kind, _, channel = value.partition(".")
    try:
        return Kind(kind), Channel(channel)
    except ValueError:
        problem: GalleryError = Invalid(
            f"there is no news called “{value[:40]}”; open your account again", field="wanted"
        )
        raise problem from None
