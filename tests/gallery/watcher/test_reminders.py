"""Reminders before the deadline: to every team, twice, in words that fit where it stands."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Account, Notification, ScheduleChange
from gallery.gallery import Gallery
from gallery.submissions import submissions
from gallery.submissions.content import SubmissionContent
from gallery.teams import sign_ups, teams
from gallery.watcher import reminders

HOUR = timedelta(hours=1)


@pytest.fixture
def address(sqlite_address: str) -> str:
    """What is told is the same over both kinds of database: here over SQLite."""
    return sqlite_address


@pytest.fixture
def team(gallery: Gallery, person: Callable[[str], Actor]) -> Callable[..., None]:
    def make(name: str, *, hands_in: bool | None) -> None:
        """`hands_in` None: nothing yet; False: a draft."""
        actor = person(name)
        event, now = gallery.current, gallery.clock()
        with gallery.database.write() as session:
            sign_ups.sign_up(Act(session, actor, now, event), about="")
            teams.form(Act(session, actor, now, event), name=f"Team {name}")
        if hands_in is None:
            return
        with gallery.database.write() as session:
            content = SubmissionContent(space_id=f"{name}/demo", title=f"Demo of {name}")
            made = submissions.create_draft(Act(session, actor, now, event), content=content)
            if hands_in:
                submissions.submit(
                    Act(session, actor, now, event), submission_id=made.id, number=made.number
                )

    return make


def told(gallery: Gallery, name: str) -> list[str]:
    with gallery.database.read() as session:
        return list(
            session.scalars(
                select(Notification.title)
                .join(Account, Account.id == Notification.account_id)
                .where(Account.name == name, Notification.kind == "deadline_near")
                .order_by(Notification.id)
            )
        )


def test_each_team_hears_it_twice_and_no_more(
    gallery: Gallery, team: Callable[..., None], clock: Any
) -> None:
    team("ada", hands_in=True)
    team("ben", hands_in=False)
    team("cleo", hands_in=None)
    missing = "and your demo is not handed in"
    for left, lines in ((49, 0), (48, 1), (47, 1), (3, 2), (1, 2), (0, 2)):
        clock.now = gallery.current.deadline - left * HOUR
        reminders.remind(gallery)
        reminders.remind(gallery)
        assert len(told(gallery, "ada")) == lines, left
    assert told(gallery, "ada")[0] == "Less than two days left to change your demo"
    assert told(gallery, "ben") == [
        f"Less than two days left, {missing}",
        f"Less than three hours left, {missing}",
    ]
    assert told(gallery, "cleo") == told(gallery, "ben")


def test_who_was_not_there_for_the_first_hears_only_the_last(
    gallery: Gallery, team: Callable[..., None], clock: Any
) -> None:
    team("ada", hands_in=None)
    clock.now = gallery.current.deadline - 2 * HOUR
    reminders.remind(gallery)
    assert len(told(gallery, "ada")) == 1


def test_a_moved_deadline_is_near_again(
    gallery: Gallery, team: Callable[..., None], clock: Any
) -> None:
    team("ada", hands_in=None)
    was = gallery.current.deadline
    clock.now = was - 2 * HOUR
    reminders.remind(gallery)
    with gallery.database.writing() as session:
        moved = ScheduleChange(event="summer", what="deadline", at=clock.now, reason="Rain.")
        moved.deadline, moved.moved_from, moved.file_deadline = was + 24 * HOUR, was, was
        session.add(moved)
        session.commit()
    reminders.remind(gallery)
    assert len(told(gallery, "ada")) == 2, "two days, of the new one"
    clock.now = was + 22 * HOUR
    reminders.remind(gallery)
    assert len(told(gallery, "ada")) == 3


def test_who_joins_a_team_late_hears_it_too(
    gallery: Gallery, team: Callable[..., None], clock: Any
) -> None:
    team("ada", hands_in=None)
    clock.now = gallery.current.deadline - 40 * HOUR
    reminders.remind(gallery)
    team("ben", hands_in=None)
    reminders.remind(gallery)
    assert len(told(gallery, "ben")) == 1
