"""Waking ahead: what a juror comes to next is woken, once, and looked at until it answers."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gallery.database.connection import Database
from gallery.database.tables import LogEntry, Submission
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.judging import ahead, ballots
from gallery.judging.ahead import Ahead, next_demos
from gallery.judging.evening import evening
from gallery.practice.small_hub import Trouble
from gallery.services import Services
from gallery.settings import Settings
from spaces.hub.client import Hub
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.judging.conftest import WHOLE, Jury
from tests.gallery.watched import paged_hub, settings, small_hub

__all__ = ["paged_hub", "settings", "small_hub"]

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


@pytest.fixture
def gallery(
    settings: Settings, database: Database, event: Event, clock: Clock, small_hub: ServedHub
) -> Gallery:
    gallery = Gallery(settings, database, {event.slug: event}, clock, keep_seconds=0)
    vars(gallery)["hub"] = Hub(small_hub.address, retries=0)
    return gallery


@pytest.fixture
def asleep(jury: Jury, small_hub: ServedHub) -> list[str]:
    """The Spaces of the three demos, all of which sleep."""
    with jury.gallery.database.read() as session:
        spaces = [session.get_one(Submission, demo).space_id for demo in jury.demos]
    for space in spaces:
        small_hub.hub.add_space(space, runtime="SLEEPING")
    return spaces


def woken(jury: Jury) -> list[int]:
    with jury.gallery.database.read() as session:
        rows = session.query(LogEntry).filter_by(action="demo.woken").all()
    return [int(row.subject_id) for row in rows]


def health(jury: Jury, demo: int) -> str:
    with jury.gallery.database.read() as session:
        return session.get_one(Submission, demo).health


def test_what_comes_next_is_what_is_not_done_from_there_on(jury: Jury) -> None:
    mine = jury(evening, "juror")
    order = [one.submission.id for one in mine.demos]
    assert next_demos(mine) == order
    assert next_demos(mine, at=order[1]) == [order[1], order[2], order[0]]
    jury(ballots.finish, "juror", submission_id=order[0], number=0, said=WHOLE)
    assert next_demos(jury(evening, "juror")) == order[1:]


@pytest.mark.slow
def test_demos_that_sleep_are_woken_once_in_some_minutes(
    jury: Jury, asleep: list[str], small_hub: ServedHub
) -> None:
    one = Ahead(jury.gallery)
    one.soon(jury.demos[:2])
    assert woken(jury) == [], "asking for it waits for nothing"
    one.tick()
    assert woken(jury) == jury.demos[:2]
    assert [small_hub.hub.shelf.get("space", name).runtime.stage for name in asleep] == [  # type: ignore[union-attr]
        "RUNNING",
        "RUNNING",
        "SLEEPING",
    ]
    small_hub.hub.requests.clear()
    for _ in range(3):
        one.soon(jury.demos[:2])
        one.tick()
    assert not [path for _, path in small_hub.hub.requests if "restart" in path]
    assert woken(jury) == jury.demos[:2]
    jury.clock.now += ahead.LOOK_AGAIN
    one.tick()
    assert [health(jury, demo) for demo in jury.demos[:2]] == ["live", "live"]
    small_hub.hub.set_stage(asleep[0], "SLEEPING")
    jury.clock.now += timedelta(minutes=11)
    one.soon(jury.demos[:1])
    one.tick()
    assert woken(jury) == [*jury.demos[:2], jury.demos[0]]


def test_a_woken_demo_is_looked_at_until_it_answers(
    jury: Jury, asleep: list[str], small_hub: ServedHub
) -> None:
    demo = jury.demos[0]
    small_hub.hub.set_stage(asleep[0], "APP_STARTING")
    one = Ahead(jury.gallery)
    one.soon([demo])
    one.tick()
    assert (health(jury, demo), woken(jury)) == ("asleep", [])  # it comes up by itself
    one.tick()
    small_hub.hub.set_stage(asleep[0], "RUNNING")
    assert health(jury, demo) == "asleep"
    jury.clock.now += ahead.LOOK_AGAIN
    one.tick()
    assert health(jury, demo) == "live"


def test_a_hub_that_is_down_breaks_nothing(
    jury: Jury, asleep: list[str], small_hub: ServedHub
) -> None:
    small_hub.hub.trouble = Trouble.down()
    one = Ahead(jury.gallery)
    one.soon(jury.demos)
    one.tick()
    assert woken(jury) == []


def test_only_so_many_are_remembered(jury: Jury, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "MOST", 2)
    one = Ahead(jury.gallery)
    one.soon(range(1, 1000))
    one.soon(range(1000, 2000))
    assert len(one._due) == 2


@pytest.mark.slow
def test_a_juror_s_pages_ask_for_it_and_say_so(
    jury: Jury, asleep: list[str], signed_in: Callable[[str], TestClient]
) -> None:
    browser = signed_in("juror")
    services: Services = browser.app.state.services  # type: ignore[attr-defined]
    assert browser.get("/summer/jury").status_code == 200
    services.ahead.tick()
    assert sorted(woken(jury)) == jury.demos
    demo = jury.demos[0]
    with jury.gallery.database.write() as session:
        session.get_one(Submission, demo).health = "asleep"
        session.add(_log(jury))
    assert "Waking, about a minute" in browser.get(f"/summer/jury/{demo}").text


def _log(jury: Jury) -> LogEntry:
    return LogEntry(
        at=jury.clock.now,
        actor="test",
        event=None,
        action="submission.looked_at",
        subject_type="submission",
        subject_id="1",
        details={},
    )
