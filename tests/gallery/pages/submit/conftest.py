"""A gallery and a small Hub, served on loopback: what the Submit page needs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from gallery.actor import Actor
from gallery.database.connection import Database
from gallery.database.tables import Account, SignUp
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.people import sessions
from tests.browser import free_port
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub, served_hub, settings_at, small_hub
from tests.gallery.serving import served

__all__ = ["served_hub", "small_hub"]

SPACE = "ada-l/sketch-to-photo"


@dataclass
class Place:
    """A served gallery, its clock, the Hub that it asks, and who can sign in."""

    gallery: Gallery
    clock: Clock
    hub: ServedHub

    def account(self, name: str) -> Actor:
        """Somebody who takes part."""
        now, event = self.clock(), self.gallery.current.slug
        with self.gallery.database.write() as session:
            found = session.query(Account).filter_by(name=name).one_or_none()
            if found is None:
                found = Account(name=name, display_name=name, hub_name=name, created_at=now)
                session.add(found)
                session.flush()
                wish = {"event": event, "account_id": found.id, "created_at": now}
                session.add(SignUp(about="", state="accepted", **wish))
            return sessions.actor_for(session, found, self.gallery.events.values())

    def cookie(self, name: str) -> str:
        actor = self.account(name)
        with self.gallery.database.write() as session:
            account = session.get_one(Account, actor.account_id)
            return sessions.begin(session, account, self.clock(), key=self.gallery.key)

    def sign_in(self, page: Page, name: str) -> None:
        cookie = {"name": sessions.COOKIE, "value": self.cookie(name)}
        page.context.add_cookies([{**cookie, "url": self.address}])

    @property
    def address(self) -> str:
        return self.gallery.settings.base_url


@pytest.fixture
def place(
    tmp_path: Path, sqlite_address: str, event: Event, clock: Clock, small_hub: ServedHub
) -> Iterator[Place]:
    """With one Space on the Hub, which `ada-l` made."""
    port = free_port()
    settings = settings_at(
        small_hub, base_url=f"http://127.0.0.1:{port}", data_dir=tmp_path / "data"
    )
    card = {
        "title": "Sketch to photo",
        "short_description": "A few lines become a photograph.",
        "tags": ["summer-sprint", "scribble", "controlnet"],
        "models": ["ada-l/scribble-net"],
        "license": "apache-2.0",
    }
    small_hub.hub.add_space(SPACE, card=card, likes=7)
    small_hub.hub.add_model("ada-l/scribble-net", card={"license": "openrail"})
    gallery = Gallery(settings, Database(sqlite_address), {event.slug: event}, clock)
    with served(gallery, port):
        yield Place(gallery, clock, small_hub)
    gallery.database.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(place: Place, page: Page) -> Visit:
    """Opens the Submit page as somebody; `query` goes behind the event."""

    def open_page(name: str, query: str = "") -> Page:
        place.sign_in(page, name)
        page.goto(f"{place.address}/submit?event=summer{query}")
        page.locator("#head h1").wait_for()
        return page

    return open_page
