"""Seconds of ticks, from a guess and from what is measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.serving.costs import Costs, Prior
from tests.inference.serving.works import LARGE, SMALL

PRIOR = Prior(SMALL, fixed=1.0, row=1.0, control=0.5, decode_fixed=0.0, decode=2.0)


@pytest.mark.parametrize(
    ("lane", "size", "controls", "seconds"),
    [
        (SMALL, 1, [], 2.0),
        (SMALL, 4, [], 5.0),
        (SMALL, 4, [1, 2], 5.0 + 1.0 + 1.5),
        (LARGE, 1, [], 8.0),  # four times the pixels
    ],
)
def test_beforehand_it_is_a_guess(lane, size, controls, seconds) -> None:
    assert Costs(PRIOR).tick(lane, size, controls) == pytest.approx(seconds)


def test_the_first_measurement_is_believed() -> None:
    costs = Costs(PRIOR)
    costs.ran(SMALL, 4, [], 10.0)
    assert costs.tick(SMALL, 4) == pytest.approx(10.0)
    costs.decoded(SMALL, 1, 0.5)
    assert costs.decode(SMALL, 1) == pytest.approx(0.5)


def test_a_size_that_was_never_seen_lies_between_its_neighbours() -> None:
    costs = Costs(PRIOR)
    costs.ran(SMALL, 1, [], 2.0)  # as thought
    costs.ran(SMALL, 4, [], 20.0)  # four times that
    assert costs.tick(SMALL, 2) == pytest.approx(2 * 3.0)  # twice: half way, on a logarithmic scale
    assert costs.tick(SMALL, 8) == pytest.approx(4 * 9.0)
    assert costs.tick(LARGE, 4) == pytest.approx(4 * 20.0)


def test_a_controlnet_takes_what_the_unet_leaves() -> None:
    costs = Costs(PRIOR)
    costs.ran(SMALL, 4, [], 5.0)
    costs.ran(SMALL, 4, [4], 9.0)
    assert costs.tick(SMALL, 4) == pytest.approx(5.0)
    assert costs.tick(SMALL, 4, [4]) == pytest.approx(9.0)
    assert costs.tick(SMALL, 4, [4, 4]) == pytest.approx(13.0)


def test_a_machine_that_hangs_for_once_is_soon_forgotten() -> None:
    costs = Costs(PRIOR)
    costs.ran(SMALL, 4, [], 5.0)
    costs.ran(SMALL, 4, [], 5000.0)
    assert costs.tick(SMALL, 4) < 6.0


def test_a_machine_that_got_slower_is_believed_in_the_end() -> None:
    costs = Costs(PRIOR)
    for seconds in [5.0] + [10.0] * 50:
        costs.ran(SMALL, 4, [2], seconds)
    assert costs.tick(SMALL, 4, [2]) == pytest.approx(10.0, rel=0.02)


def test_no_seconds_are_no_measurement() -> None:
    costs = Costs(PRIOR)
    costs.ran(SMALL, 4, [], 0.0)
    assert costs.tick(SMALL, 4) == pytest.approx(5.0)


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from((1, 2, 4, 8)), st.floats(1e-4, 1e4)), max_size=30))
def test_whatever_was_measured_a_tick_takes_time(measured) -> None:
    costs = Costs(PRIOR)
    for size, seconds in measured:
        costs.ran(SMALL, size, [size], seconds)
    assert all(costs.tick(lane, size, [4]) > 0 for lane in (SMALL, LARGE) for size in (1, 2, 16))
