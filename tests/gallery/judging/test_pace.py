from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.judging.pace import BREAK, USUAL, Sitting, pace, time_left

EVENING = datetime(2026, 6, 20, 19, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def sittings(*spans: float, pause: float = 1) -> list[Sitting]:
    found, at = [], EVENING
    for span in spans:
        found.append(Sitting(at, at + minutes(span)))
        at += minutes(span + pause)
    return found


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ((), USUAL),
        ((4,), minutes(4)),
        ((4, 8), minutes(6)),
        ((4, 5, 39), minutes(5)),
        ((4, 300, 8), minutes(6)),
        ((300,), USUAL),
        ((20,) * 9 + (5,) * 9, minutes(5)),
        ((20,) * 20 + (5,) * 5, minutes(5)),
    ],
)
def test_it_is_the_median_of_the_last_ones_and_breaks_are_none_of_them(spans, expected) -> None:
    assert pace(sittings(*spans)) == expected


def test_what_was_open_beside_another_counts_from_when_that_was_scored() -> None:
    both = [
        Sitting(EVENING, EVENING + minutes(10)),
        Sitting(EVENING + minutes(1), EVENING + minutes(14)),
    ]
    assert pace(both) == minutes(7)


@given(st.lists(st.floats(0.1, 39), min_size=1), st.randoms(use_true_random=False))
def test_a_pace_lies_between_the_quickest_and_the_slowest_in_whatever_order_told(spans, random):
    told = sittings(*spans)
    before = pace(told)
    random.shuffle(told)
    assert pace(told) == before
    assert minutes(min(spans)) <= before + timedelta(microseconds=2)
    assert before <= minutes(max(spans)) + timedelta(microseconds=2)


@pytest.mark.parametrize(
    ("count", "opened", "expected"),
    [
        (0, None, minutes(0)),
        (0, 3, minutes(0)),
        (4, None, minutes(20)),
        (4, 0, minutes(20)),
        (4, 2, minutes(18)),
        (4, 30, minutes(15.5)),
        (4, BREAK / minutes(1) + 1, minutes(20)),
        (4, -1, minutes(20)),
    ],
)
def test_of_the_one_that_is_open_a_part_has_passed(count, opened, expected) -> None:
    opened_at = None if opened is None else EVENING - minutes(opened)
    assert time_left(count, minutes(5), now=EVENING, opened_at=opened_at) == expected
