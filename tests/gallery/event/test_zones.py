"""Local times: the offset of a zone on a day, the hours that are repeated or left out."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gallery.errors import Invalid
from gallery.event.zones import in_words, instant, nearest_offset, offsets, written

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("zone", "local", "hours"),
    [
        ("Europe/Berlin", "2026-12-01T12:00", [1]),
        ("Europe/Berlin", "2026-07-01T12:00", [2]),
        ("Europe/Berlin", "2026-10-25T02:30", [2, 1]),
        ("Europe/Berlin", "2026-10-25T03:00", [1]),
        ("Europe/Berlin", "2026-03-29T02:30", []),
        ("Europe/Berlin", "2026-03-29T03:00", [2]),
        ("America/Los_Angeles", "2026-11-01T01:30", [-7, -8]),
        ("America/St_Johns", "2026-01-01T00:00", [-3.5]),
        ("Asia/Kathmandu", "2026-01-01T00:00", [5.75]),
        ("Australia/Lord_Howe", "2026-04-05T01:45", [11, 10.5]),
        ("Pacific/Apia", "2011-12-30T12:00", []),
        ("Africa/Casablanca", "2026-02-20T12:00", [0]),
        ("UTC", "2026-02-20T12:00", [0]),
    ],
)
def test_the_offsets_that_a_time_on_the_wall_can_have(
    zone: str, local: str, hours: list[float]
) -> None:
    found = offsets(datetime.fromisoformat(local), ZoneInfo(zone))
    assert list(found) == [timedelta(hours=one) for one in hours]


def test_an_offset_is_written_as_it_stands_behind_a_time() -> None:
    assert [written(timedelta(hours=one)) for one in (0, 1, -3.5, 5.75)] == [
        "+00:00",
        "+01:00",
        "-03:30",
        "+05:45",
    ]
    assert written(nearest_offset(datetime(2026, 3, 29, 2, 30), BERLIN)) == "+01:00"


def test_an_instant_is_told_with_its_place_and_in_utc() -> None:
    when = datetime(2026, 5, 1, 21, 59, tzinfo=UTC)
    assert in_words(when, BERLIN) == "Friday 1 May 2026, 23:59 in Berlin (21:59 UTC)"
    auckland = in_words(when, ZoneInfo("Pacific/Auckland"))
    assert auckland == "Saturday 2 May 2026, 09:59 in Auckland (1 May, 21:59 UTC)"
    assert in_words(when, ZoneInfo("Etc/UTC")) == "Friday 1 May 2026, 21:59 UTC"


def test_what_somebody_typed_is_the_zones_time_unless_it_says_otherwise() -> None:
    expected = datetime(2026, 12, 1, 22, 59, tzinfo=UTC)
    for typed in ("2026-12-01T23:59", "2026-12-01 23:59", "2026-12-01T22:59Z"):
        assert instant(typed, BERLIN, field="deadline") == expected


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("tomorrow", "looks like 2026-05-01T23:59"),
        ("2026-03-29T02:30", "does not exist in Berlin"),
        ("2026-10-25T02:30", r"write 2026-10-25T02:30\+02:00 for the first"),
    ],
)
def test_what_cannot_be_meant_is_asked_back(typed: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        instant(typed, BERLIN, field="deadline")
