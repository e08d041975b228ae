"""Simulated juries are dealt as an organiser would deal."""

from collections import Counter

import numpy as np
import pytest

from gallery.judging.ranking.simulation import Jury, deal, evening


@pytest.mark.parametrize(
    ("demos", "jurors", "looks"), [(7, 3, 3), (20, 6, 3), (60, 8, 4), (5, 2, 9)]
)
def test_every_demo_is_seen_as_often_and_loads_are_within_one(
    demos: int, jurors: int, looks: int
) -> None:
    hands = deal(demos, jurors, looks, np.random.default_rng(0))
    counts = Counter(demo for hand in hands for demo in hand)
    assert set(counts.values()) == {min(looks, jurors)}
    assert len(counts) == demos
    loads = [len(hand) for hand in hands]
    assert max(loads) - min(loads) <= 1
    assert all(len(set(hand)) == len(hand) for hand in hands)


def test_the_same_generator_gives_the_same_evening() -> None:
    one, other = (evening(Jury(6, 3, comparisons=4), np.random.default_rng(1)) for _ in range(2))
    assert one.scores == other.scores
    assert one.comparisons == other.comparisons


def test_positions_count_each_jurors_looks() -> None:
    night = evening(Jury(9, 3), np.random.default_rng(2))
    for juror in night.jurors:
        places = {score.position for score in night.scores if score.juror == juror}
        assert places == set(range(len(places)))
