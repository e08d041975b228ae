"""The timeline's rows: which day, what on it, and which bars run past it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.event.event import Event
from gallery.event.load import SHIPPED, load_event
from gallery.event.timeline import Standing, span, timeline

SPRINT = load_event(SHIPPED)
MOMENTS = st.datetimes(
    datetime(2023, 3, 1),
    datetime(2023, 6, 1),
    timezones=st.just(UTC),
)


def test_a_day_gathers_all_that_happens_on_it() -> None:
    rows = {row.day: row for row in timeline(SPRINT, SPRINT.starts)}
    kick_off = rows[date(2023, 4, 17)]
    assert [milestone.key for milestone in kick_off.milestones] == ["kick-off-3"]
    assert [phase.key for phase in kick_off.begin] == ["submission"]
    assert len(kick_off.talks) == 3
    last = rows[date(2023, 5, 1)]
    assert last.has_deadline
    assert [phase.key for phase in last.other_ends] == ["tpu_access"]
    assert [phase.key for phase in last.begin] == ["judging"]


def test_what_is_over_on_and_coming_changes_at_the_enforced_deadline() -> None:
    def submission(now: datetime) -> Standing:
        bars = [bar for row in timeline(SPRINT, now) for bar in row.lanes if bar]
        return next(bar.standing for bar in bars if bar.phase.key == "submission")

    deadline = SPRINT.deadline
    assert submission(deadline - timedelta(seconds=1)) == Standing.ON
    assert submission(deadline) == Standing.OVER
    assert submission(SPRINT.starts) == Standing.COMING


def test_years_later_there_is_no_today() -> None:
    assert not any(row.is_today for row in timeline(SPRINT, datetime(2026, 1, 1, tzinfo=UTC)))


@settings(max_examples=30, deadline=None)
@given(now=MOMENTS)
def test_at_any_time_rows_are_in_order_today_is_one_of_them_and_bars_are_unbroken(
    now: datetime,
) -> None:
    rows = timeline(SPRINT, now)
    days = [row.day for row in rows]
    assert days == sorted(set(days))
    assert [row.day for row in rows if row.is_today] == [now.astimezone(SPRINT.zone).date()]
    for phase in SPRINT.phases:
        crossed = [
            (number, lane, bar)
            for number, row in enumerate(rows)
            for lane, bar in enumerate(row.lanes)
            if bar and bar.phase == phase
        ]
        numbers = [number for number, _, _ in crossed]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert len({lane for _, lane, _ in crossed}) == 1
        assert [bar.begins for _, _, bar in crossed].count(True) == 1
        assert [bar.ends for _, _, bar in crossed].count(True) == 1


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2023, 5, 8), date(2023, 5, 8), "8 May 2023"),
        (date(2023, 4, 10), date(2023, 4, 16), "10 to 16 April 2023"),
        (date(2023, 4, 17), date(2023, 5, 1), "17 April to 1 May 2023"),
        (date(2023, 12, 30), date(2024, 1, 2), "30 December 2023 to 2 January 2024"),
    ],
)
def test_a_span_says_nothing_twice(first: date, last: date, words: str) -> None:
    assert span(first, last) == words


def test_an_event_of_other_shapes_has_a_timeline_too(event: Event) -> None:
    rows = timeline(event, event.starts)
    assert sum(row.has_deadline for row in rows) == 1
