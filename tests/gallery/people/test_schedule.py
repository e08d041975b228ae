"""Organisers move the deadline: who may, what is refused, and where it holds at once."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from gallery.app import build_app
from gallery.database.connection import Database
from gallery.database.tables import LogEntry, Notification
from gallery.errors import Closed, Invalid, NotAllowed, Stale
from gallery.event.event import Event, PhaseKey
from gallery.gallery import Gallery
from gallery.people import notifications, schedule
from gallery.people.notifications import Kind
from gallery.submissions.rules import require_open
from gallery.teams import teams
from tests.gallery.conftest import BASE_URL
from tests.gallery.people.conftest import Sprint

DAY = timedelta(days=1)
REASON = "The Hub was down for a day."


@pytest.fixture
def move(sprint: Sprint) -> Callable[..., Any]:
    def move(by: timedelta, who: str = "organiser", **options: Any) -> Any:
        gallery, actor = sprint.gallery, sprint.person(who)
        file = gallery.schedule.files["summer"]
        told = {"seen": gallery.current.deadline, "is_confirmed": False, "reason": REASON}
        to = gallery.current.deadline + by
        with gallery.database.write() as session:
            now = gallery.clock()
            return schedule.move(session, actor, now, file=file, deadline=to, **{**told, **options})

    return move


def test_a_moved_deadline_is_in_force_with_the_commit(
    sprint: Sprint, move: Callable[..., Any], clock: Any
) -> None:
    was = sprint.event.deadline
    clock.now = was + timedelta(minutes=1)
    with pytest.raises(Closed):
        sprint.gallery.event("summer").require_open(PhaseKey.SUBMISSION, clock.now, "handing in")
    move(DAY)
    event = sprint.gallery.event("summer")
    event.require_open(PhaseKey.SUBMISSION, clock.now, "handing in")
    assert event.deadline == was + DAY
    assert event.moved is not None
    assert (event.moved.was, event.moved.reason) == (was, REASON)
    assert sprint.gallery.schedule.files["summer"].deadline == was


def test_it_is_in_the_log_and_told_to_who_takes_part(
    sprint: Sprint, move: Callable[..., Any]
) -> None:
    sprint.sign_up("ada", "ben")
    sprint.do(teams.form, "ada", name="Deep sea")
    sprint.person("stranger")
    move(DAY)
    with sprint.gallery.database.read() as session:
        entry = session.scalars(select(LogEntry).order_by(LogEntry.id.desc())).first()
        told = session.execute(select(Notification.account_id, Notification.title)).all()
    assert entry is not None
    assert entry.action == "event.deadline_moved"
    assert entry.details["reason"] == REASON
    people = {sprint.id_of("ada"), sprint.id_of("organiser")}
    assert {row.account_id for row in told} == people
    assert "Sunday 21 June 2026, 14:00 in Paris (12:00 UTC)" in told[0].title


def test_only_organisers_move_it(move: Callable[..., Any]) -> None:
    with pytest.raises(NotAllowed):
        move(DAY, who="juror")


def test_an_earlier_one_is_confirmed_and_never_in_the_past(
    sprint: Sprint, move: Callable[..., Any]
) -> None:
    with pytest.raises(Invalid, match=r"takes time away .* confirm"):
        move(-DAY)
    with pytest.raises(Invalid, match="must lie in the future"):
        move(-6 * DAY, is_confirmed=True)
    move(-DAY, is_confirmed=True)
    assert sprint.gallery.current.deadline == sprint.event.deadline - DAY


def test_a_reason_is_needed(move: Callable[..., Any]) -> None:
    with pytest.raises(Invalid, match="the reason"):
        move(DAY, reason=" ")


def test_a_move_that_was_begun_on_another_deadline_is_stale(
    sprint: Sprint, move: Callable[..., Any]
) -> None:
    move(DAY)
    with pytest.raises(Stale, match="is 21 June 2026, 12:00 UTC by now"):
        move(DAY, seen=sprint.event.deadline)


def test_judging_follows_each_move_and_comes_back_with_it(
    sprint: Sprint, move: Callable[..., Any]
) -> None:
    before = sprint.event.phase(PhaseKey.JUDGING)
    move(3 * DAY)
    assert sprint.gallery.current.phase(PhaseKey.JUDGING).starts == before.starts + 3 * DAY
    move(-2 * DAY, is_confirmed=True)
    assert sprint.gallery.current.phase(PhaseKey.JUDGING).starts == before.starts + DAY


def test_what_was_said_of_the_old_deadline_and_not_sent_is_not_sent(
    sprint: Sprint, move: Callable[..., Any]
) -> None:
    sprint.sign_up("ada")
    sprint.give_address("ada", "ada@example.org")
    sprint.do(teams.form, "ada", name="Deep sea")
    move(DAY)
    move(DAY)
    about = ("event", "summer")
    with sprint.gallery.database.read() as session:
        found = notifications.reached(
            session, Kind.DEADLINE_MOVED, about, since=sprint.gallery.clock()
        )
    assert found.waiting == 1


def test_the_file_has_the_word_again_when_it_is_given_back(
    sprint: Sprint, move: Callable[..., Any]
) -> None:
    move(DAY)
    actor, gallery = sprint.person("organiser"), sprint.gallery
    file, seen = gallery.schedule.files["summer"], gallery.current.deadline
    with gallery.database.write() as session:
        now = gallery.clock()
        schedule.give_back(session, actor, now, file=file, reason=REASON, seen=seen)
    assert gallery.current == file


def test_a_file_whose_deadline_was_changed_since_does_not_undo_the_move(
    sprint: Sprint, move: Callable[..., Any], database: Database
) -> None:
    move(DAY)
    files = {"summer": _ending(sprint.event, sprint.event.deadline - DAY)}
    again = Gallery(sprint.gallery.settings, database, files, sprint.gallery.clock)
    assert again.current.deadline == sprint.event.deadline + DAY
    assert again.schedule.files["summer"].deadline == sprint.event.deadline - DAY


def test_a_practice_event_that_was_laid_anew_forgets_the_move(
    sprint: Sprint, move: Callable[..., Any], database: Database
) -> None:
    move(DAY)
    practice = sprint.event.model_copy(update={"practice_of": "sprint"})
    as_it_was = Gallery(
        sprint.gallery.settings, database, {"summer": practice}, sprint.gallery.clock
    )
    assert as_it_was.current.moved is not None
    files = {"summer": _ending(practice, practice.deadline - DAY)}
    anew = Gallery(sprint.gallery.settings, database, files, sprint.gallery.clock)
    assert anew.current.moved is None


@pytest.fixture
def other(sprint: Sprint, address: str) -> Iterator[Gallery]:
    """Another process's: the same database, by a connection of its own."""
    database = Database(address)
    yield Gallery(sprint.gallery.settings, database, {"summer": sprint.event}, sprint.gallery.clock)
    database.close()


def test_another_process_lets_in_by_the_new_deadline_at_once(
    sprint: Sprint, other: Gallery, move: Callable[..., Any], clock: Any
) -> None:
    clock.now = sprint.event.deadline + timedelta(hours=1)
    headers = {"Origin": BASE_URL, "Accept": "text/html"}
    with TestClient(build_app(other), base_url=BASE_URL, headers=headers) as browser:
        assert "Submissions closed" in browser.get("/summer/event").text
        move(DAY)
        browser.post("/summer/ideas")  # whatever changes something looks first
        assert other.current.deadline == sprint.event.deadline + DAY


@pytest.mark.slow
def test_another_process_shows_the_new_deadline_on_every_page_also_on_kept_ones(
    sprint: Sprint, other: Gallery, move: Callable[..., Any]
) -> None:
    pages = ("/summer", "/summer/event", "/summer/ideas", "/summer/teams")
    with TestClient(build_app(other), base_url=BASE_URL) as browser:
        for path in pages:
            assert REASON not in browser.get(path).text
        move(DAY)
        until = time.monotonic() + 60
        while REASON not in browser.get("/summer").text:
            assert time.monotonic() < until, "a second should do"
        for path in pages:
            assert REASON in browser.get(path).text
        calendar = browser.get("/summer/calendar.ics").text
        assert f"DTSTART:{_stamp(other.current.deadline)}" in calendar
        events = browser.get("/api/v1/events").json()
        assert other.current.deadline.isoformat()[:19] in str(events)


def test_a_notice_is_set_and_given_back(sprint: Sprint, client: TestClient) -> None:
    sprint.do(schedule.set_notice, "organiser", notice="Talks are **moved**.")
    assert "Talks are <strong>moved</strong>." in client.get("/summer").text
    sprint.do(schedule.set_notice, "organiser", notice=None)
    assert "Talks are" not in client.get("/summer").text
    with pytest.raises(NotAllowed):
        sprint.do(schedule.set_notice, "juror", notice="x")


def test_a_save_is_taken_until_the_moved_deadline_and_not_after(
    sprint: Sprint, move: Callable[..., Any], clock: Any
) -> None:
    gallery = sprint.gallery
    move(DAY)
    clock.now = gallery.current.deadline - timedelta(seconds=1)
    require_open(gallery.current, clock.now)
    clock.now = gallery.current.deadline
    with pytest.raises(Closed):
        require_open(gallery.current, clock.now)


def _ending(event: Event, deadline: datetime) -> Event:
    phases = tuple(
        phase.model_copy(update={"ends": deadline}) if phase.ends == event.deadline else phase
        for phase in event.phases
    )
    return event.model_copy(update={"phases": phases})


def _stamp(when: datetime) -> str:
    return when.strftime("%Y%m%dT%H%M%SZ")
