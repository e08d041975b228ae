"""Before publication nobody but jurors and organisers can tell that there is a score."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from threading import current_thread
from types import MappingProxyType

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

from gallery.app import build_app
from gallery.database.tables import Submission
from gallery.gallery import Gallery
from gallery.judging import (
    ballots,
    comparisons,
    conflicts,
    deliberation,
    feedback,
    judgings,
    publishing,
    results,
)
from gallery.judging.ballots import Said
from gallery.teams import tokens
from gallery.web import news
from tests.gallery.judging.conftest import Jury
from tests.gallery.security.routes import reads

SignedIn = Callable[[str], TestClient]
pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)

OWN = frozenset({"/sign-in/hub", "/sign-in/hub/callback"})
"""They are answered with a lot that is drawn each time."""


@pytest.fixture
def jury(jury: Jury) -> Jury:
    """`ada-l` is in the first demo's team."""
    jury.join("ada-l", jury.demos[0])
    return jury


def everything(gallery: Gallery, jury: Jury) -> list[str]:
    demos = tuple(map(str, jury.demos))
    known = {
        "submission_id": demos,
        "team_id": demos,
        "idea_id": ("1",),
        "number": ("1",),
        "sheet_id": ("1",),
        "digest": ("0" * 64,),
        "width": ("480",),
        "name": ("base.css",),
    }
    found = dict.fromkeys(reads(build_app(gallery), {}, known))
    searched = ("/summer?sort=likes", "/summer/found?q=mugs", "/summer?page=2", "/summer/result")
    return [path for path in (*found, *searched) if path not in OWN]


def bearer(jury: Jury) -> dict[str, str]:
    """What the program of a team sends."""
    with jury.gallery.database.read() as session:
        team_id = session.get_one(Submission, jury.demos[0]).team_id
    token = jury(tokens.make_token, "ada-l", team_id=team_id, label="script")
    return {"Authorization": f"Bearer {token}"}


def answers(
    client: TestClient, paths: list[str], headers: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[str, int, Mapping, bytes]]:
    for path in paths:
        got = client.get(path, headers=headers)
        yield path, got.status_code, dict(got.headers), got.content


def everything_but_publishing(jury: Jury) -> None:
    """All that leaves a trace, done by jurors and organisers."""
    for name in ("juror", "jo-2"):
        for place, demo in enumerate(jury.demos):
            said = Said({"craft": 5 - place, "idea": 9 - place}, comment="Words", flag="Odd")
            jury(ballots.finish, name, submission_id=demo, number=0, said=said)
    first, second, third = jury.demos
    jury(comparisons.compare, "juror", left=first, right=second, better="left")
    jury(conflicts.declare, "jo-2", submission_id=third, reason="my student")
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.settle, "organiser", order=[second, first], reason="It runs on a phone")
    jury(deliberation.save_note, "organiser", submission_id=first, number=0, text="A talk")
    one = jury(feedback.for_moderation, "organiser")[0].comments[0]
    jury(
        feedback.decide,
        "organiser",
        submission_id=first,
        key=one.key,
        is_held_back=False,
        text="Words",
        reason="",
    )
    with jury.gallery.database.read() as session:
        seen = results.basis(session, jury.gallery.current)
    at = jury.clock.now + timedelta(days=1)
    jury(publishing.schedule, "organiser", at=at, seen=seen, with_feedback=True)


@pytest.mark.slow
def test_no_answer_to_anybody_else_changes_by_a_byte(
    jury: Jury, gallery: Gallery, client: TestClient, signed_in: SignedIn
) -> None:
    paths = everything(gallery, jury)
    assert len(paths) > 100
    viewers = {
        "a visitor": (client, {}),
        "a team's program": (client, bearer(jury)),
        "ada-l": (signed_in("ada-l"), {}),
        "grace-h": (signed_in("grace-h"), {}),
    }
    before = {who: list(answers(browser, paths, sent)) for who, (browser, sent) in viewers.items()}
    assert all(status < 500 for told in before.values() for _, status, _, _ in told)
    everything_but_publishing(jury)
    for who, (browser, sent) in viewers.items():
        for was, now in zip(before[who], answers(browser, paths, sent), strict=True):
            assert now == was, (who, was[0])
    jury(results.publish, "organiser")
    changed = [
        was[0]
        for was, now in zip(before["a visitor"], answers(client, paths), strict=True)
        if now != was
    ]
    of_it = {"/summer", "/summer/results", "/summer/event", "/api/v1/events/summer/results"}
    assert of_it <= set(changed)


LOOKS = ("schedule_changes", "FILTER (WHERE submissions.health")
"""Looks for what changed, of the schedule and of the listing: they come by the clock, whatever is
asked."""


@contextmanager
def counting() -> Iterator[Callable[[], int]]:
    """How many statements requests asked of the database since it was last looked at: those of the
    threads that answer them, without `LOOKS`."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        is_answering = current_thread().name == "AnyIO worker thread"
        is_look = statement.startswith("BEGIN") or any(look in statement for look in LOOKS)
        if is_answering and not is_look:
            asked.append(statement)

    def count() -> int:
        found = len(asked)
        asked.clear()
        return found

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield count
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.slow
def test_no_answer_asks_the_database_more_often_once_there_are_scores(
    jury: Jury, gallery: Gallery, client: TestClient
) -> None:
    """How long an answer takes tells nothing: it is made of as many statements as before."""
    program = bearer(jury)
    paths = everything(gallery, jury)

    def walk(count: Callable[[], int], headers: dict[str, str]) -> dict[str, int]:
        found = {}
        for path in paths:
            count()
            client.get(path, headers=headers)
            found[path] = count()
        return found

    with counting() as count:
        who = ({}, program)
        for headers in who:
            walk(count, headers)  # what is read once and kept
        before = [walk(count, headers) for headers in who]
        assert sum(before[0].values()) > len(paths)
        everything_but_publishing(jury)
        for was, headers in zip(before, who, strict=True):
            now = walk(count, headers)
            assert {path: (was[path], now[path]) for path in paths if was[path] != now[path]} == {}


def test_what_one_juror_says_is_not_in_another_s_pages(jury: Jury, signed_in: SignedIn) -> None:
    other = signed_in("jo-2")
    paths = [
        "/summer/jury",
        *(f"/summer/jury/{demo}" for demo in jury.demos),
        "/summer/jury/compare",
    ]
    before = list(answers(other, paths))
    for demo in jury.demos:
        said = Said({"craft": 1, "idea": 1}, comment="Words", flag="Odd")
        jury(ballots.finish, "juror", submission_id=demo, number=0, said=said)
    assert list(answers(other, paths)) == before


@pytest.mark.slow
def test_how_fresh_a_page_is_does_not_tell_that_a_score_came_in(
    jury: Jury, gallery: Gallery
) -> None:
    """Pages that are kept for visitors are made anew when something is news; a score is none."""
    told: list[int] = []
    news.follow(gallery.database, lambda: told.append(1))
    everything_but_publishing(jury)
    assert told == []
    jury(results.publish, "organiser")
    assert told


@pytest.mark.slow
def test_the_log_page_names_who_saved_and_not_what(jury: Jury, signed_in: SignedIn) -> None:
    everything_but_publishing(jury)
    page = signed_in("organiser").get("/summer/organise/log?what=ballot").text
    assert "ballot.finished" in page
    assert "&#39;craft&#39;" not in page
    assert "Words" not in page
    compared = signed_in("organiser").get("/summer/organise/log?what=comparison").text
    assert "comparison.saved" in compared
    assert "better" not in compared
