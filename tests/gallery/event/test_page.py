"""The Event page and its calendar, over HTTP; one database suffices, since neither writes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from fastapi.testclient import TestClient

from gallery.app import build_app
from gallery.database.connection import Database
from gallery.event.event import Event, PhaseKey
from gallery.event.load import SHIPPED, load_event
from gallery.gallery import Gallery
from gallery.settings import Settings

SPRINT = load_event(SHIPPED)
PAGE, CALENDAR = f"/{SPRINT.slug}/event", f"/{SPRINT.slug}/calendar.ics"


class _Clock:
    now = datetime(2023, 4, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clock() -> _Clock:
    return _Clock()


@pytest.fixture(scope="module")
def sprint_client(clock: _Clock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("event")
    settings = Settings.model_validate(
        {"base_url": "https://sprint.example", "data_dir": folder, "secret_key": "for tests alone"}
    )
    database = Database(settings.database)
    database.migrate()
    gallery = Gallery(settings, database, {SPRINT.slug: SPRINT}, clock, keep_seconds=0)
    headers = {"Accept": "text/html"}
    with TestClient(build_app(gallery), base_url=settings.base_url, headers=headers) as client:
        yield client
    database.close()


def test_the_page_shows_what_the_file_says(sprint_client: TestClient) -> None:
    page = sprint_client.get(PAGE)
    assert page.status_code == 200
    said = [phase.title for phase in SPRINT.phases]
    said += [milestone.title for milestone in SPRINT.milestones]
    said += [talk.title.replace("&", "&amp;") for talk in SPRINT.talks]
    said += [speaker.name for talk in SPRINT.talks for speaker in talk.speakers]
    said += [place.name for place in SPRINT.places]
    said += [link.url for place in SPRINT.places for link in place.links]
    said += [criterion.name for criterion in SPRINT.rubric.criteria]
    said += [rule.title for rule in SPRINT.rules] + [prize.title for prize in SPRINT.prizes]
    assert [text for text in said if text not in page.text] == []


def test_the_shown_deadline_is_the_enforced_one(sprint_client: TestClient, clock: _Clock) -> None:
    deadline = SPRINT.deadline
    clock.now = deadline - timedelta(seconds=1)
    assert SPRINT.is_open(PhaseKey.SUBMISSION, clock.now)
    before = sprint_client.get(PAGE).text
    assert "Hand in until" in before
    assert f'datetime="{deadline.isoformat()}"' in before
    assert "1 May 2023, 23:59 CEST" in before
    clock.now = deadline
    assert not SPRINT.is_open(PhaseKey.SUBMISSION, clock.now)
    assert "Submissions closed" in sprint_client.get(PAGE).text
    entries = icalendar.Calendar.from_ical(sprint_client.get(CALENDAR).content).walk("VEVENT")
    shown = next(entry for entry in entries if str(entry["UID"]).startswith("deadline."))
    assert shown["DTSTART"].dt == deadline


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2023, 3, 1, tzinfo=UTC), "Not begun yet"),
        (datetime(2023, 4, 12, tzinfo=UTC), "Forming teams, Collecting data"),
        (datetime(2023, 4, 20, tzinfo=UTC), "TPU access, Submission"),
        (datetime(2023, 5, 5, tzinfo=UTC), "Judging"),
        (datetime(2024, 1, 1, tzinfo=UTC), "Over"),
    ],
)
def test_the_page_knows_which_phase_it_is(
    sprint_client: TestClient, clock: _Clock, now: datetime, words: str
) -> None:
    clock.now = now
    text = sprint_client.get(PAGE).text
    assert words in text[text.index("<dt>Now</dt>") :][:200]


def test_calendars_subscribe_by_webcal_and_are_told_cheaply_when_nothing_changed(
    sprint_client: TestClient,
) -> None:
    assert f'href="webcal://sprint.example{CALENDAR}"' in sprint_client.get(PAGE).text
    first = sprint_client.get(CALENDAR)
    assert first.headers["content-type"].startswith("text/calendar")
    again = sprint_client.get(CALENDAR, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_a_file_says_cannot_run_in_a_browser(tmp_path: Path, clock: _Clock) -> None:
    evil = "<script>alert(1)</script>[x](javascript:alert(2))"
    data = SPRINT.model_dump() | {
        "name": evil,
        "text": evil,
        "notice": evil,
        "talks": [talk.model_dump() | {"title": evil, "text": evil} for talk in SPRINT.talks],
        "places": [place.model_dump() | {"name": evil, "text": evil} for place in SPRINT.places],
    }
    event = Event.model_validate(data)
    settings = Settings.model_validate({"data_dir": tmp_path, "secret_key": "for tests alone"})
    database = Database(settings.database)
    database.migrate()
    gallery = Gallery(settings, database, {event.slug: event}, clock)
    page = TestClient(build_app(gallery), headers={"Accept": "text/html"}).get(PAGE)
    database.close()
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert 'href="javascript:' not in page.text
