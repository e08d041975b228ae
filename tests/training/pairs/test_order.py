"""Which pair comes when."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.pairs.order import Order

COUNTS = [5, 3, 7, 1, 4, 6, 2, 5]
SIZES = [50, 30, 70, 10, 40, 60, 20, 50]


def places(order: Order, position: int, count: int) -> list[tuple[int, int]]:
    found = (
        (int(window.groups[at]), int(window.rows[at]))
        for window, start in order.windows(position)
        for at in range(start, len(window))
    )
    return list(islice(found, count))


def order(seed: int = 0, most: int = 100) -> Order:
    return Order(COUNTS, SIZES, seed=seed, most=most)


def test_every_pair_comes_once_in_each_epoch_in_an_order_of_its_own() -> None:
    total = sum(COUNTS)
    seen = places(order(), 0, 3 * total)
    everything = {(group, row) for group, count in enumerate(COUNTS) for row in range(count)}
    epochs = [seen[at : at + total] for at in range(0, 3 * total, total)]
    assert all(set(epoch) == everything for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    assert places(order(1), 0, total) != epochs[0]


@settings(max_examples=30, deadline=None)
@given(position=st.integers(0, 200), most=st.sampled_from([1, 100, 10_000]))
def test_from_any_position_on_comes_what_would_have_come(position: int, most: int) -> None:
    whole = places(order(most=most), 0, 260)
    assert places(order(most=most), position, 60) == whole[position : position + 60]


@pytest.mark.parametrize("most", [1, 100, 150])
def test_a_window_has_no_more_bytes_than_it_may(most: int) -> None:
    for window, _ in islice(order(most=most).windows(0), 20):
        assert sum(SIZES[group] for group in window.members) <= max(most, 70)
        assert most > 1 or len(window.members) == 1


def test_neighbours_in_a_file_are_no_neighbours_in_training() -> None:
    large = Order([64] * 50, [1] * 50, seed=0, most=16)
    seen = np.asarray(places(large, 0, 3200))
    assert (np.diff(seen[:, 0]) == 0).mean() < 0.15
