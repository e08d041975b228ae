"""Pages that are kept for a moment: who gets them, when they are gone, and how many there are."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from starlette.types import Message, Receive, Scope, Send

from gallery.act import Act
from gallery.actor import Actor
from gallery.app import build_app
from gallery.database.connection import Database
from gallery.database.tables import Account, Idea, Like, Submission
from gallery.gallery import Gallery
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from gallery.people import sessions
from gallery.web import news
from gallery.web.answers import MOST_EACH, Answer, Answers
from gallery.web.once import Once, key_of, shared
from tests.gallery.browsing.conftest import HandedIn

BASE_URL = "http://127.0.0.1:7861"


def answer(size: int = 1) -> Answer:
    return Answer((), b"." * size)


def test_an_answer_is_as_old_as_its_question() -> None:
    answers = Answers(seconds=5)
    answers.keep("home", answer(), began=10.0, era=0)
    assert answers.find("home", 10.0) == answers.find("home", 14.9) == answer()
    assert answers.find("home", 15.0) is None
    assert answers.find("other", 10.0) is None


def test_what_was_begun_in_an_era_that_ended_is_not_kept() -> None:
    answers = Answers(seconds=5)
    answers.keep("home", answer(), began=10.0, era=0)
    answers.end_era()
    assert answers.find("home", 10.0) is None
    answers.keep("home", answer(), began=10.0, era=0)
    assert answers.find("home", 10.0) is None
    answers.keep("home", answer(), began=10.0, era=answers.era)
    assert answers.find("home", 10.0) == answer()


def test_the_oldest_make_room_for_new_ones() -> None:
    few = Answers(seconds=5, most=2)
    small = Answers(seconds=5, most_bytes=10)
    for number in range(3):
        few.keep(number, answer(), began=0.0, era=0)
        small.keep(number, answer(size=5), began=0.0, era=0)
    for answers in (few, small):
        assert len(answers) == 2
        assert answers.find(0, 0.0) is None
        assert answers.find(2, 0.0) is not None
    small.keep(2, answer(size=10), began=1.0, era=0)
    assert len(small) == 1


def test_a_page_that_is_too_large_is_not_kept() -> None:
    answers = Answers(seconds=5)
    answers.keep("home", answer(size=MOST_EACH + 1), began=0.0, era=0)
    assert len(answers) == 0


def get(path: str = "/summer", query: bytes = b"", **headers: str) -> Scope:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query,
        "headers": pairs,
    }


def test_only_what_is_the_same_for_all_visitors_is_shared() -> None:
    keys = [
        key_of(each, {"summer"})
        for each in (
            get(),
            get("/"),
            get("/api/v1/events/summer/submissions"),
            get(query=b"page=2"),
            get(accept="text/html"),
            get(accept_encoding="gzip"),
            get("/summer/submissions/1", cookie="colour=red"),
        )
    ]
    assert None not in keys
    assert len(set(keys)) == len(keys)
    for own in (
        get(cookie=f"colour=red; {sessions.COOKIE}=abc"),
        get(authorization="Bearer sprint_1"),
        get(if_none_match='"1"'),
        get("/account"),
        get("/sign-in"),
        get("/api/v1/other"),
        get("summer"),
        get(""),
        {**get(), "method": "POST"},
        {"type": "lifespan"},
    ):
        assert key_of(own, {"summer"}) is None


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (404, [], {"body": b"x"}),
        (500, [], {"body": b"x"}),
        (303, [(b"location", b"/sign-in")], {"body": b""}),
        (200, [(b"Set-Cookie", b"a=b")], {"body": b"x"}),
        (200, [(b"cache-control", b"no-store")], {"body": b"x"}),
        (200, [], {"body": b"x", "more_body": True}),
    ],
)
def test_errors_redirects_cookies_and_halves_are_not_shared(
    status: int, headers: list[tuple[bytes, bytes]], body: Message
) -> None:
    assert shared({"status": status, "headers": headers}, body) is None


def test_a_good_answer_is_shared_whole() -> None:
    start = {"status": 200, "headers": [(b"cache-control", b"private, no-cache")]}
    whole = shared(start, {"body": b"page"})
    assert whole == Answer(((b"cache-control", b"private, no-cache"),), b"page")


class Slow:
    """Answers when it is let; counts how often it is asked."""

    def __init__(self, status: int = 200) -> None:
        self.asked, self.status, self.go = 0, status, asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await self.go.wait()
        if self.status == 0:
            raise RuntimeError("broken")
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b"page"})


async def bodies_of(slow: Slow, gallery: Gallery, people: int) -> list[bytes | BaseException]:
    once = Once(slow, gallery=gallery)

    async def visit() -> bytes:
        got = bytearray()

        async def send(message: Message) -> None:
            got.extend(message.get("body", b""))

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        await once(get(), receive, send)
        return bytes(got)

    visits = [asyncio.ensure_future(visit()) for _ in range(people)]
    await asyncio.sleep(0)
    slow.go.set()
    return await asyncio.gather(*visits, return_exceptions=True)


def test_many_who_ask_at_once_have_one_page_made(gallery: Gallery) -> None:
    slow = Slow()
    assert asyncio.run(bodies_of(slow, gallery, 20)) == [b"page"] * 20
    assert slow.asked == 1


def test_who_waited_for_an_answer_that_failed_asks_for_themselves(gallery: Gallery) -> None:
    for status in (404, 0):
        slow = Slow(status)
        ends = asyncio.run(bodies_of(slow, gallery, 3))
        assert slow.asked == 3
        assert len(ends) == 3


def test_what_decides_who_sees_what_is_news_and_what_is_said_is_not(
    database: Database, handed_in: HandedIn
) -> None:
    number, heard = handed_in(), list[bool]()
    news.follow(database, lambda: heard.append(True))

    def is_news(change: Callable[[Session, Submission], object]) -> bool:
        heard.clear()
        with database.write() as session:
            change(session, session.get_one(Submission, number))
        return bool(heard)

    assert not is_news(lambda session, row: None)
    assert not is_news(lambda session, row: setattr(row, "title", "Cups"))
    assert not is_news(lambda session, row: setattr(row, "likes", 3))
    assert not is_news(lambda session, row: session.execute(delete(Like)))
    assert is_news(lambda session, row: setattr(row, "state", "withdrawn"))
    assert is_news(lambda session, row: setattr(row.team, "name", "Potters"))
    assert is_news(lambda session, row: session.execute(delete(Idea)))
    assert is_news(lambda session, row: session.execute(update(Submission).values(likes=1)))
    with database.write() as session:
        session.get_one(Submission, number).state = "submitted"
        session.flush()
        session.rollback()
    assert not is_news(lambda session, row: setattr(row, "title", "Mugs"))


@pytest.mark.slow
def test_visitors_share_pages_until_something_is_hidden_and_who_is_signed_in_has_their_own(
    gallery: Gallery, person: Callable[[str], Actor], handed_in: HandedIn
) -> None:
    gallery = replace(gallery, keep_seconds=1000)
    organiser = person("organiser")
    number, other = handed_in(1, title="Mugs"), handed_in(2, title="Cacti")
    page, home = f"/summer/submissions/{number}", "/summer"
    with gallery.database.write() as session:
        account = session.get_one(Account, organiser.account_id)
        cookie = sessions.begin(session, account, gallery.clock(), key=gallery.key)
    mine = {"Cookie": f"{sessions.COOKIE}={cookie}"}
    with TestClient(build_app(gallery), base_url=BASE_URL, headers={"Accept": "text/html"}) as all_:
        for path in (page, home):
            assert "/account" in all_.get(path, headers=mine).text
            assert "/account" not in all_.get(path).text
        with gallery.database.write() as session:
            session.get_one(Submission, number).title = "Cups"
        assert "Mugs" in all_.get(home).text
        assert "Cups" in all_.get(home, headers=mine).text
        with gallery.database.write() as session:
            moderation.hide(
                Act(session, organiser, gallery.clock(), gallery.current),
                subject=Subject.SUBMISSION,
                subject_id=number,
                reason="It is no demo.",
            )
        assert all_.get(page).status_code == 404
        found = all_.get(home).text
        assert "Cups" not in found
        assert "Mugs" not in found
        assert "Cacti" in found
        assert all_.get(page, headers=mine).status_code == 200
        assert all_.get(page).status_code == 404
        assert all_.get(f"/summer/submissions/{other}").status_code == 200
