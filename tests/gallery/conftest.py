"""A gallery for tests: a real database of either kind, an event around now, people who sign in."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from gallery.actor import Actor
from gallery.app import build_app
from gallery.database.connection import Database
from gallery.database.tables import Account
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.people import sessions
from gallery.settings import Settings
from spaces.hub.client import HUGGING_FACE, Hub
from tests.gallery.busy import busy
from tests.gallery.databases import (
    address,
    database,
    empty_address,
    postgres,
    postgres_address,
    postgres_template,
    sqlite_address,
    sqlite_template,
)
from tests.gallery.logged import unlogged
from tests.gallery.summer import NOW, summer

__all__ = [
    "address",
    "busy",
    "database",
    "empty_address",
    "postgres",
    "postgres_address",
    "postgres_template",
    "sqlite_address",
    "sqlite_template",
]

BASE_URL = "http://127.0.0.1:7861"


class Clock:
    """A time that tests move."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def every_change_is_in_the_log() -> Iterator[list[str]]:
    """Whatever a test does: no transaction of the gallery's own changes something in silence."""
    with unlogged() as found:
        yield found
    assert found == [], "record() what a use case changes, in its transaction"


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def event(clock: Clock) -> Event:
    return summer(clock.now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {"base_url": BASE_URL, "data_dir": tmp_path / "data", "secret_key": "for tests alone"}
    )


@pytest.fixture
def gallery(settings: Settings, database: Database, event: Event, clock: Clock) -> Gallery:
    """Each page is made anew: tests look at once at what they changed.

    No Hub answers, unless the settings name a small one.
    """
    gallery = Gallery(settings, database, {event.slug: event}, clock, keep_seconds=0)
    if settings.hf_endpoint == HUGGING_FACE:
        vars(gallery)["hub"] = Hub("http://127.0.0.1:9", retries=0)
    return gallery


@pytest.fixture
def client(gallery: Gallery) -> Iterator[TestClient]:
    """A visitor with a browser: sends what a browser sends."""
    with _browser(gallery) as client:
        yield client


def _browser(gallery: Gallery) -> TestClient:
    return TestClient(
        build_app(gallery),
        base_url=BASE_URL,
        headers={"Origin": BASE_URL, "Accept": "text/html"},
        follow_redirects=False,
        raise_server_exceptions=False,
    )


@pytest.fixture
def person(gallery: Gallery) -> Callable[[str], Actor]:
    """Makes an account called `name` if there is none; gives it as an actor with its roles."""

    def make(name: str) -> Actor:
        with gallery.database.write() as session:
            account = session.query(Account).filter_by(name=name).one_or_none()
            if account is None:
                account = Account(
                    name=name, display_name=name, hub_name=name, created_at=gallery.clock()
                )
                session.add(account)
                session.flush()
            return sessions.actor_for(session, account, gallery.events.values())

    return make


@pytest.fixture
def signed_in(
    gallery: Gallery, person: Callable[[str], Actor]
) -> Iterator[Callable[[str], TestClient]]:
    """A browser in which somebody is signed in."""
    opened: list[TestClient] = []

    def make(name: str) -> TestClient:
        actor = person(name)
        with gallery.database.write() as session:
            account = session.get_one(Account, actor.account_id)
            cookie = sessions.begin(session, account, gallery.clock(), key=gallery.key)
        client = _browser(gallery)
        client.__enter__()
        client.cookies.set(sessions.COOKIE, cookie)
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.__exit__(None, None, None)
