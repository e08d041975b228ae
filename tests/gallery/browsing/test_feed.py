"""The feed, the site map, and what other programs ask for."""

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from xml.etree import ElementTree

from fastapi.testclient import TestClient

from gallery.actor import Actor
from gallery.database.tables import Idea, Submission
from gallery.gallery import Gallery
from tests.gallery.browsing.conftest import HandedIn
from tests.gallery.conftest import Clock

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def test_the_feed_is_valid_and_the_newest_comes_first(
    client: TestClient, handed_in: HandedIn, clock: Clock
) -> None:
    handed_in(1, title="Old & <odd>", team="Deep sea")
    clock.now += timedelta(hours=1)
    newest = handed_in(2, title="New", thumbnail="a" * 64)
    handed_in(3, state="draft")
    answer = client.get("/summer/feed.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    for required in ("id", "title", "updated", "author"):
        assert feed.find(f"{ATOM}{required}") is not None, required
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["New", "Old & <odd>"]
    for entry in entries:
        for required in ("id", "title", "updated", "summary", "author", "link"):
            assert entry.find(f"{ATOM}{required}") is not None, required
    assert entries[0].findtext(f"{ATOM}id", "").endswith(f"/summer/submissions/{newest}")
    assert feed.findtext(f"{ATOM}updated") == clock.now.isoformat()


def test_readers_that_ask_again_get_only_what_is_new(
    client: TestClient, handed_in: HandedIn, gallery: Gallery
) -> None:
    number = handed_in(1)
    first = client.get("/summer/feed.atom")
    tag = first.headers["etag"]
    for headers, status in (
        ({"If-None-Match": tag}, 304),
        ({"If-None-Match": f'"other", {tag}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        # What is restored is new to a reader, and no time says so.
        ({"If-Modified-Since": format_datetime(gallery.clock())}, 200),
    ):
        assert client.get("/summer/feed.atom", headers=headers).status_code == status, headers
    with gallery.database.write() as session:
        session.get_one(Submission, number).title = "Another title"
    assert client.get("/summer/feed.atom", headers={"If-None-Match": tag}).status_code == 200


def test_an_event_without_demos_has_a_feed(client: TestClient) -> None:
    feed = ElementTree.fromstring(client.get("/summer/feed.atom").content)
    assert feed.findtext(f"{ATOM}updated")


def test_the_site_map_has_every_public_page(
    gallery: Gallery, client: TestClient, handed_in: HandedIn, person: Callable[[str], Actor]
) -> None:
    lead = person("team-lead").account_id
    assert lead is not None
    shown, draft = handed_in(1, members=(lead,)), handed_in(2, state="draft")
    with gallery.database.write() as session:
        idea = Idea(event="summer", author_id=lead, title="A", text="B", created_at=gallery.clock())
        session.add(idea)
        session.flush()
        team = session.get_one(Submission, shown).team_id
        unclaimed = session.get_one(Submission, draft).team_id
    found = ElementTree.fromstring(client.get("/sitemap.xml").content)
    places = {place.text for place in found.iter(f"{MAP}loc")}
    base = "http://127.0.0.1:7861/summer"
    assert {base, f"{base}/event", f"{base}/ideas", f"{base}/teams"} <= places
    assert {f"{base}/submissions/{shown}", f"{base}/ideas/{idea.id}"} <= places
    assert f"{base}/teams/{team}" in places
    assert f"{base}/submissions/{draft}" not in places
    assert f"{base}/teams/{unclaimed}" not in places


def test_robots_are_sent_to_the_site_map_and_a_monitor_gets_a_word(client: TestClient) -> None:
    robots = client.get("/robots.txt").text
    assert "Disallow: /api/" in robots
    assert "Sitemap: http://127.0.0.1:7861/sitemap.xml" in robots
    assert client.get("/healthz").json()["status"] == "ok"
