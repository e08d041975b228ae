"""One gallery beside a small Hub, both served on loopback, and a browser for each who comes."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from gallery.act import Act
from gallery.database.connection import Database
from gallery.database.tables import Account, SignUp
from gallery.gallery import Gallery, utc_now
from gallery.people import sessions
from gallery.submissions import prefill, submissions
from gallery.submissions.checking import Checker
from tests.browser import Watched, free_port
from tests.gallery.hub_fixtures import ServedHub, served_hub, settings_at
from tests.gallery.journeys.person import Person
from tests.gallery.serving import served
from tests.gallery.summer import summer

__all__ = ["served_hub"]

CLIENT = "gallery"
SECRET = "for tests alone"
SUBMITTED, TO_SUBMIT = "ada-l/sketch-to-photo", "kite-9/lines-to-birds"


def _fill(hub: ServedHub, address: str) -> None:
    """Two Spaces, of which one is handed in already."""
    hub.hub.clear()
    hub.hub.add_client(CLIENT, SECRET, f"{address}/sign-in/hub/callback")
    for space, title in ((SUBMITTED, "Sketch to photo"), (TO_SUBMIT, "Lines to birds")):
        owner = space.partition("/")[0]
        card = {
            "title": title,
            "short_description": "A few lines become a picture.",
            "tags": ["summer-sprint", "scribble"],
            "models": [f"{owner}/scribble-net"],
            "license": "apache-2.0",
        }
        hub.hub.add_space(space, card=card, likes=7)
        hub.hub.add_model(f"{owner}/scribble-net", card={"license": "openrail"})


def _submit(gallery: Gallery, name: str, space: str) -> None:
    """Hands a Space in, checked, by the calls that the Submit page makes."""
    event, now = gallery.current, gallery.clock()
    with gallery.database.write() as session:
        account = Account(name=name, display_name=name, hub_name=name, created_at=now)
        session.add(account)
        session.flush()
        wish = {"event": event.slug, "account_id": account.id, "created_at": now}
        session.add(SignUp(about="", state="accepted", **wish))
        actor = sessions.actor_for(session, account, gallery.events.values())
    content = prefill.look_up(gallery, actor, event=event, address=space)
    with gallery.database.write() as session:
        made = submissions.create_draft(Act(session, actor, now, event), content=content)
        submissions.submit(
            Act(session, actor, now, event), submission_id=made.id, number=made.number
        )
    checker = Checker(gallery)
    list(checker.run(actor, event=event, submission_id=made.id))
    checker.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, served_hub: ServedHub) -> Iterator[str]:
    """The address of a gallery with one demo, to which people sign in by the small Hub."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    _fill(served_hub, address)
    settings = settings_at(
        served_hub,
        base_url=address,
        data_dir=tmp_path_factory.mktemp("journeys"),
        oauth_client_id=CLIENT,
        oauth_client_secret=SECRET,
    )
    event = summer(utc_now())  # by the real clock, with whose time the small Hub signs
    database = Database(settings.database)
    database.migrate()
    gallery = Gallery(settings, database, {event.slug: event})
    _submit(gallery, "ada-l", SUBMITTED)
    with served(gallery, port):
        yield address
    database.close()


Come = Callable[..., Person]


@pytest.fixture
def come(browser: Browser, site: str) -> Iterator[Come]:
    """Opens a browser for one more; the test fails on any page's error or outside request."""
    contexts: list[BrowserContext] = []
    watched = Watched()

    def person(name: str = "") -> Person:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        watched.watch(page)
        return Person(page, site, name)

    yield person
    for context in contexts:
        context.close()
    assert not watched.errors, watched.errors
    assert not watched.strangers, watched.strangers
