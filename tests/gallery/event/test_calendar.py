"""The calendar, read back by the reader that others use."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest

from gallery.event.calendar import calendar
from gallery.event.event import Event
from gallery.event.load import SHIPPED, load_event

SITE = "https://sprint.example"


@pytest.fixture(scope="module")
def sprint() -> Event:
    return load_event(SHIPPED)


def _entries(event: Event) -> dict[str, icalendar.Event]:
    found = icalendar.Calendar.from_ical(calendar(event, SITE)).walk("VEVENT")
    return {str(entry["UID"]).split(".")[0]: entry for entry in found}


def test_every_phase_milestone_and_talk_is_in_it_and_the_deadline(sprint: Event) -> None:
    entries = _entries(sprint)
    parts = len(sprint.phases) + len(sprint.milestones) + len(sprint.talks)
    assert len(entries) == parts + 1
    assert {str(entry["URL"]) for entry in entries.values()} == {f"{SITE}/{sprint.slug}/event"}


def test_phases_are_whole_days_that_leave_one_free(sprint: Event) -> None:
    entry = _entries(sprint)["phase-submission"]
    assert entry["DTSTART"].dt == date(2023, 4, 17)
    assert entry["DTEND"].dt == date(2023, 5, 2), "the first day that is not in it"
    assert entry["TRANSP"] == "TRANSPARENT"


def test_talks_have_their_hours_speaker_and_video(sprint: Event) -> None:
    entry = _entries(sprint)["talk-dalle-mini"]
    assert entry["DTSTART"].dt == datetime(2023, 4, 17, 16, 45, tzinfo=UTC)
    assert entry["DTEND"].dt == datetime(2023, 4, 17, 17, 30, tzinfo=UTC)
    assert entry["SUMMARY"] == "DALL-E Mini (Boris Dayma, craiyon)"
    assert entry["LOCATION"].startswith("https://www.youtube.com/")


def test_the_deadline_is_the_enforced_one_and_rings_before(sprint: Event) -> None:
    entry = _entries(sprint)["deadline"]
    assert entry["DTSTART"].dt == sprint.deadline
    rings = [alarm["TRIGGER"].dt for alarm in entry.walk("VALARM")]
    assert rings == [-timedelta(days=1), -timedelta(hours=2)]


def test_the_same_event_gives_the_same_bytes(sprint: Event) -> None:
    assert calendar(sprint, SITE) == calendar(load_event(SHIPPED), SITE)


def test_a_change_keeps_the_names_and_raises_the_sequence(sprint: Event) -> None:
    assert sprint.edited_at is not None
    later = sprint.model_copy(update={"edited_at": sprint.edited_at + timedelta(minutes=5)})
    before, after = _entries(sprint), _entries(later)
    assert {e["UID"] for e in before.values()} == {e["UID"] for e in after.values()}
    assert all(after[key]["SEQUENCE"] == before[key]["SEQUENCE"] + 300 for key in before)
    assert all(after[key]["DTSTAMP"].dt > before[key]["DTSTAMP"].dt for key in before)


def test_a_practice_says_so_in_every_entry(sprint: Event) -> None:
    practice = sprint.model_copy(update={"practice_of": sprint.slug, "slug": "practice"})
    entries = _entries(practice)
    assert all(entry["SUMMARY"].startswith("Practice: ") for entry in entries.values())
    assert not {e["UID"] for e in entries.values()} & {e["UID"] for e in _entries(sprint).values()}
