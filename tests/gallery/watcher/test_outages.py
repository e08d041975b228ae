"""Outages: told once, after two looks, and again when it happens again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Notification
from gallery.gallery import Gallery
from gallery.sources import health
from gallery.sources.health import Look, State
from gallery.submissions import submissions
from gallery.submissions.content import SubmissionContent
from gallery.teams import sign_ups
from gallery.watcher import outages

SPACE = "ada/demo"


@pytest.fixture
def address(sqlite_address: str) -> str:
    """What is told is the same over both kinds of database: here over SQLite."""
    return sqlite_address


@pytest.fixture
def look(gallery: Gallery, person: Callable[[str], Actor], clock: Any) -> Callable[[State], int]:
    """Looks at a demo that is handed in; gives how often its team was told that it is down."""
    actor, event = person("ada"), gallery.current
    with gallery.database.write() as session:
        sign_ups.sign_up(Act(session, actor, clock.now, event), about="")
        content = SubmissionContent(space_id=SPACE, title="Demo")
        made = submissions.create_draft(Act(session, actor, clock.now, event), content=content)
        submissions.submit(
            Act(session, actor, clock.now, event), submission_id=made.id, number=made.number
        )

    def look(state: State) -> int:
        clock.now += timedelta(minutes=10)
        with gallery.database.writing() as session:
            health.record_look(session, clock.now, SPACE, Look(state, None, None))
            session.flush()
            outages.tell(session, gallery, [SPACE])
            session.commit()
            told = select(func.count()).where(Notification.kind == "demo_down")
            return session.scalar(told) or 0

    return look


def test_a_team_hears_once_that_its_demo_is_down(look: Callable[[State], int]) -> None:
    seen = [State.LIVE, State.DOWN, State.DOWN, State.DOWN, State.DOWN]
    assert [look(state) for state in seen] == [0, 0, 1, 1, 1]


def test_a_restart_is_no_outage(look: Callable[[State], int]) -> None:
    seen = [State.LIVE, State.DOWN, State.LIVE, State.DOWN, State.ASLEEP]
    assert [look(state) for state in seen] == [0, 0, 0, 0, 0]


def test_the_next_outage_is_told_again(look: Callable[[State], int]) -> None:
    seen = [State.DOWN, State.DOWN, State.LIVE, State.DOWN, State.DOWN]
    assert [look(state) for state in seen] == [0, 1, 1, 1, 2]


def test_a_team_hears_that_its_space_is_gone(
    gallery: Gallery, look: Callable[[State], int]
) -> None:
    assert [look(state) for state in (State.LIVE, State.GONE, State.GONE, State.GONE)] == [
        0,
        0,
        1,
        1,
    ]
    with gallery.database.read() as session:
        told = session.scalar(select(Notification).where(Notification.kind == "demo_down"))
    assert told is not None
    assert told.title == "“Demo” is gone from the Hub"
