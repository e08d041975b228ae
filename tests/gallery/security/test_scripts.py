"""Text that somebody typed is text wherever it is shown: pages, feeds, data for search engines."""

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from time import perf_counter
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Account, Submission
from gallery.gallery import Gallery
from gallery.pages.submit import shown
from gallery.submissions import revisions, submissions
from gallery.submissions.content import SubmissionContent
from gallery.teams import ideas, sign_ups, teams
from gallery.web.render import markdown
from tests.gallery.browsing.entries import entry

SCRIPT = "</script><script>alert(1)</script>'\"><img src=x onerror=alert(1)>{{7*7}}${7*7}"
MARKDOWN = (
    f"{SCRIPT}\n\n[x](javascript:alert(1)) [y](data:text/html,x) ![z](https://elsewhere/x.png)\n\n"
    "<iframe src=//elsewhere></iframe> <svg onload=alert(1)> [a]: javascript:alert(1)"
)
SLOW_STORIES = (
    "[" * 20_000,
    "*a" * 10_000,
    ">" * 20_000,
    "- " * 10_000,
    "![" * 10_000,
    "a|" * 600 + "\n" + "-|" * 600 + "\n" + "a\n" * 90,
    "<" * 20_000,
)


class Elements(HTMLParser):
    """Whatever could run, load from elsewhere, or lead somewhere odd."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found += [f"<{tag} {name}>" for name in given if name.startswith("on")]
        if tag in ("iframe", "object", "embed", "base", "style"):
            self.found.append(f"<{tag}>")
        if tag == "script" and given.get("type") != "application/ld+json" and "src" not in given:
            self.found.append("<script> in place")
        for name in ("src", "href", "action", "formaction"):
            address = given.get(name, "").strip().lower()
            if address.startswith(("javascript:", "data:", "vbscript:")):
                self.found.append(address)
            if name == "src" and address.startswith(("http:", "https:", "//")):
                self.found.append(f"{tag} from {address}")


def odd(html: str) -> list[str]:
    """What of `Elements` is in a page."""
    parser = Elements()
    parser.feed(html)
    return parser.found


def hostile() -> SubmissionContent:
    """A script in every field that takes text."""
    return entry(
        1,
        space_id="ada-l/demo-1",
        title=SCRIPT[:100],
        emoji="<b>",
        summary=SCRIPT,
        description=MARKDOWN,
        controls=(SCRIPT[:70],),
        tags=(SCRIPT[:60],),
        base_model=SCRIPT,
        license="</script><b>",
        links=({"label": SCRIPT[:70], "url": "https://example.org/\"'><script>"},),
        video="https://example.org/\"'><script>",
    )


@pytest.fixture
def number(gallery: Gallery, person: Callable[[str], Actor]) -> int:
    """A demo, an idea, a team and a person that are called as a script."""
    ada, now, event = person("ada-l"), gallery.clock(), gallery.current
    with gallery.database.write() as session:
        session.get_one(Account, ada.account_id).display_name = SCRIPT[:60]
        sign_ups.sign_up(Act(session, ada, now, event), about=SCRIPT)
        idea = ideas.propose(Act(session, ada, now, event), title=SCRIPT[:100], text=MARKDOWN)
        ideas.comment(Act(session, ada, now, event), idea_id=idea.id, text=MARKDOWN)
        teams.form(Act(session, ada, now, event), name=SCRIPT[:60], about=MARKDOWN)
        made = submissions.create_draft(Act(session, ada, now, event), content=hostile())
        submissions.submit(Act(session, ada, now, event), submission_id=made.id, number=1)
        submissions.save(
            Act(session, ada, now, event),
            submission_id=made.id,
            number=1,
            content=hostile().model_copy(update={"summary": f"New {SCRIPT}"}),
        )
        return made.id


def test_a_script_in_any_text_runs_on_no_page(
    number: int, client: TestClient, signed_in: Callable[[str], TestClient]
) -> None:
    at = f"/summer/submissions/{number}"
    paths = ("/summer", "/summer/found", "/summer/found?q=<script>", at, f"{at}/revisions")
    paths += (f"{at}/revisions/2", "/summer/ideas", "/summer/ideas/1", "/summer/teams")
    paths += ("/summer/teams/1", "/sign-in?next=javascript:alert(1)", "/summer?tag=<script>")
    board = ("", "/people", "/teams", "/ideas", "/submissions", "/reports", "/roles", "/log")
    pages = {path: client.get(path) for path in paths}
    organiser = signed_in("organiser")
    pages |= {part: organiser.get(f"/summer/organise{part}") for part in board}
    pages["account"] = signed_in("ada-l").get("/account")
    pages["unknown"] = client.get("/<script>alert(1)</script>")
    for path, answer in pages.items():
        assert answer.status_code in (200, 404), path
        assert not odd(answer.text), path
        assert "49" not in re.findall(r"onerror=alert\(1\)(?:>|&gt;)(\d\d)", answer.text)


def test_what_search_engines_and_feed_readers_get_is_whole(number: int, client: TestClient) -> None:
    page = client.get(f"/summer/submissions/{number}").text
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(data)["name"] == hostile().title
    assert "<" not in data
    feed = ElementTree.fromstring(client.get("/summer/feed.atom").content)
    titles = [one.text for one in feed.iter("{http://www.w3.org/2005/Atom}title")]
    assert hostile().title in titles
    ElementTree.fromstring(client.get("/sitemap.xml").content)
    assert "\nBEGIN:VEVENT\r\n" in client.get("/summer/calendar.ics").text


def test_the_parts_that_gradio_shows_are_text_too(number: int, gallery: Gallery) -> None:
    with gallery.database.read() as session:
        submission = session.get_one(Submission, number)
        parts = (
            shown.card(hostile(), submission),
            shown.story(hostile()),
            shown.mine(gallery.current, (submission,), None, gallery.clock()),
            shown.done(gallery.current, submission, "http://127.0.0.1/x"),
        )
    for part in parts:
        assert not odd(part)


@pytest.mark.slow
@pytest.mark.parametrize("story", SLOW_STORIES, ids=lambda story: story[:2])
def test_no_story_keeps_a_page_waiting_twice(story: str) -> None:
    markdown(story[:20_000])
    began = perf_counter()
    markdown(story[:20_000])
    assert perf_counter() - began < 0.1


def _rewritten(kind: str) -> Iterator[str]:
    for shift in (1, 3):
        words = [f"{number * number * shift % 97:x}" for number in range(9000)]
        yield kind.join(words)[:20_000]


@pytest.mark.parametrize("kind", [" ", "\n"])
def test_no_change_takes_long_to_compare(kind: str) -> None:
    old, new = (entry(1, description=text) for text in _rewritten(kind))
    began = perf_counter()
    (change,) = revisions.differences(old, new)
    assert perf_counter() - began < 1
    for left_out, text in (("added", old), ("removed", new)):
        kept = [piece.text for piece in change.pieces if piece.change != left_out]
        assert "".join(kept) == text.description
