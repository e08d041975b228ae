"""A jury's pages in Chromium: a server of the test's own, and people who are signed in there.

A test file takes the fixtures from here.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from gallery.actor import Actor
from gallery.database.tables import Account
from gallery.gallery import Gallery
from gallery.people import sessions
from gallery.settings import Settings
from tests.browser import free_port
from tests.gallery.serving import served

SignIn = Callable[[str], BrowserContext]


def enter(context: BrowserContext, gallery: Gallery, actor: Actor) -> None:
    """The browser has that person's cookie, as after signing in."""
    with gallery.database.write() as session:
        account = session.get_one(Account, actor.account_id)
        cookie = sessions.begin(session, account, gallery.clock(), key=gallery.key)
    site = gallery.settings.base_url
    context.add_cookies([{"name": sessions.COOKIE, "value": cookie, "url": site}])


def port_of(gallery: Gallery) -> int:
    return int(gallery.settings.base_url.rpartition(":")[2])


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"base_url": f"http://127.0.0.1:{free_port()}"})


@pytest.fixture
def address(sqlite_address: str) -> str:
    """The pages are the same over both kinds of database: here over SQLite."""
    return sqlite_address


@pytest.fixture
def site(gallery: Gallery) -> Iterator[str]:
    with served(gallery, port_of(gallery)) as address:
        yield address


@pytest.fixture
def sign_in(
    browser: Browser, site: str, gallery: Gallery, person: Callable[[str], Actor]
) -> Iterator[SignIn]:
    opened: list[BrowserContext] = []

    def make(name: str) -> BrowserContext:
        opened.append(browser.new_context())
        enter(opened[-1], gallery, person(name))
        return opened[-1]

    yield make
    for context in opened:
        context.close()
