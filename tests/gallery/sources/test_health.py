"""How a demo is doing, from stages and looks."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from gallery.database.connection import Database
from gallery.database.tables import Health, Submission
from gallery.gallery import Gallery
from gallery.practice.small_hub import Trouble
from gallery.sources import health, records
from gallery.sources.health import HealthSummary, Look, State
from spaces.hub.facts import SpaceFacts
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.watched import Enter


@pytest.mark.parametrize(
    ("stage", "answered", "state"),
    [
        ("RUNNING", True, State.LIVE),
        ("RUNNING", False, State.DOWN),
        ("RUNNING", None, State.LIVE),
        ("RUNNING_BUILDING", True, State.LIVE),
        ("SLEEPING", None, State.ASLEEP),
        ("Sleeping", None, State.ASLEEP),
        ("BUILDING", None, State.ASLEEP),
        ("APP_STARTING", None, State.ASLEEP),
        ("RUNTIME_ERROR", None, State.DOWN),
        ("PAUSED", None, State.DOWN),
        ("SOMETHING_NEW", True, State.LIVE),
        ("SOMETHING_NEW", False, State.UNKNOWN),
        ("SOMETHING_NEW", None, State.UNKNOWN),
        (None, True, State.LIVE),
        (None, None, State.UNKNOWN),
    ],
)
def test_a_state_follows_from_stage_and_answer(
    stage: str | None, answered: bool | None, state: State
) -> None:
    assert health.state_of(stage, answered=answered) is state


NOW = datetime.fromisoformat("2026-06-15T12:00:00+00:00")


def _looks(*states: State, every: timedelta = timedelta(hours=6)) -> list[tuple[datetime, Look]]:
    """The last one is now; live ones take a second more each time."""
    count = len(states)
    return [
        (
            NOW - (count - 1 - position) * every,
            Look(state, None, float(position + 1) if state is State.LIVE else None),
        )
        for position, state in enumerate(states)
    ]


def test_a_summary_tells_state_since_when_how_often_and_how_fast() -> None:
    live, down, asleep = State.LIVE, State.DOWN, State.ASLEEP
    summary = health.summarise(_looks(live, live, down, asleep, live, live))
    assert (summary.state, summary.at) == (live, NOW)
    assert summary.since == NOW - timedelta(hours=6)
    assert summary.answered == 4 / 5
    assert summary.seconds == 3.5
    assert [(day.day.day, day.looks, day.answered) for day in summary.days] == [
        (14, 3, 2 / 3),
        (15, 3, 1.0),
    ]


def test_a_demo_that_always_slept_has_no_share_of_answers() -> None:
    summary = health.summarise(_looks(State.ASLEEP, State.ASLEEP))
    assert (summary.answered, summary.seconds) == (None, None)
    assert summary.since == NOW - timedelta(hours=6)
    assert health.summarise([]) == HealthSummary(State.UNKNOWN)


def test_looks_are_kept_a_week_is_summed_up_and_cards_follow(
    gallery: Gallery, clock: Clock, enter: Enter
) -> None:
    enter("ada-l/clouds")
    with gallery.database.write() as session:
        for at, look in _looks(State.DOWN, *[State.LIVE] * 40):
            health.record_look(session, at, "ada-l/clouds", look)
        health.record_look(session, NOW, "ada-l/other", Look(State.DOWN, None, None))
    with gallery.database.read() as session:
        summary = health.summary(session, "ada-l/clouds", clock.now)
        assert summary.answered == 1.0
        assert sum(day.looks for day in summary.days) == 28
        assert session.scalars(select(Submission.health)).one() == "live"
        assert health.newest_looks(session, clock.now) == {
            "ada-l/clouds": NOW,
            "ada-l/other": NOW,
        }


@pytest.mark.slow
def test_old_looks_are_thinned_to_one_an_hour_then_one_a_day_then_none(database: Database) -> None:
    with database.write() as session:
        spans = [(1, 6), (4, 48), (12, 4), (100, 2)]  # until so many days ago, so many looks a day
        for space_id in ("ada-l/clouds", "ada-l/rain"):
            at = NOW
            for days, looks in spans:
                while at > NOW - timedelta(days=days):
                    health.record_look(session, at, space_id, Look(State.LIVE, None, 1.0))
                    at -= timedelta(days=1) / looks
    with database.write() as session:
        assert health.thin(session, NOW) > 0
        assert health.thin(session, NOW) == 0
    with database.read() as session:

        def kept(begins: timedelta, ends: timedelta) -> float:
            count = session.scalar(
                select(func.count())
                .select_from(Health)
                .where(Health.at > NOW - begins, Health.at <= NOW - ends)
            )
            return (count or 0) / 2 / ((begins - ends) / timedelta(days=1))

        assert kept(timedelta(days=1), timedelta(0)) == 6
        assert kept(timedelta(days=2), timedelta(days=1)) == 48
        assert kept(timedelta(days=4), timedelta(days=3)) == 24
        assert kept(timedelta(days=80), timedelta(days=20)) == 1
        assert kept(timedelta(days=200), timedelta(days=91)) == 0


def test_a_look_asks_the_page_only_of_a_demo_that_is_awake(
    gallery: Gallery, small_hub: ServedHub
) -> None:
    def look() -> Look:
        known = records.refresh(gallery, "space", "ada-l/clouds")
        return health.look(gallery.fetcher, known)

    assert look() == Look(State.GONE, None, None)  # there is no such Space
    small_hub.hub.add_space("ada-l/clouds")
    live = look()
    assert live.state is State.LIVE
    assert live.seconds is not None

    small_hub.hub.set_stage("ada-l/clouds", "SLEEPING")
    small_hub.hub.requests.clear()
    assert look() == Look(State.ASLEEP, "SLEEPING", None)
    assert not [path for _, path in small_hub.hub.requests if path.startswith("/demo/")]

    small_hub.hub.set_stage("ada-l/clouds", "RUNNING")
    small_hub.hub.trouble = Trouble.down(path="/demo/")
    assert look() == Look(State.DOWN, "RUNNING", None)


def test_a_demo_on_a_private_address_is_not_looked_at(gallery: Gallery) -> None:
    facts = SpaceFacts(repo_id="ada-l/clouds", stage="RUNNING", host="http://127.0.0.1:1")
    known = records.Known(facts, NOW, NOW, None)
    assert health.look(gallery.fetcher, known) == Look(State.UNKNOWN, "RUNNING", None)
    assert health.look(gallery.fetcher, records.NOTHING).state is State.UNKNOWN
