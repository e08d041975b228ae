from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from gallery.judging.pairs import both_above, information, most_telling_pair

numbers = st.floats(-3, 3)


@settings(max_examples=200, deadline=None)
@given(numbers, numbers, st.floats(-0.99, 0.99))
def test_both_are_below_as_often_as_scipy_integrates(first, second, correlation) -> None:
    ours = both_above(np.array([first]), np.array([second]), np.array([correlation]))[0]
    theirs = multivariate_normal.cdf([first, second], cov=[[1, correlation], [correlation, 1]])  # pyright: ignore[reportArgumentType]
    assert ours == pytest.approx(theirs, abs=1e-7)


def told(means, deviations, podium, pair=(0, 1), correlation=0.0) -> float:
    covariance = np.diag(np.square(deviations)).astype(float)
    covariance[0, 1] = covariance[1, 0] = correlation * deviations[0] * deviations[1]
    one, other = np.array([pair]).T
    return information(np.array(means), covariance, np.array(podium), one, other)[0]


@pytest.mark.parametrize("correlation", [-0.5, 0, 0.8])
def test_it_is_what_a_million_draws_tell(correlation) -> None:
    means, deviations, podium = (0.3, -0.2), (1.0, 0.7), np.array([0.6, 0.3])
    random = np.random.default_rng(3)
    cov = correlation * deviations[0] * deviations[1]
    covariance = [[deviations[0] ** 2, cov], [cov, deviations[1] ** 2]]
    quality = random.multivariate_normal(means, covariance, 1_000_000)
    yes = quality[:, 0] - quality[:, 1] + random.standard_normal(1_000_000) > 0
    above = quality > np.array(means) - np.array(deviations) * norm.ppf(podium)
    total = 0.0
    for place in (0, 1):
        table = np.histogram2d(above[:, place], yes, bins=2)[0] / 1_000_000
        total += np.sum(table * np.log(table / np.outer(table.sum(1), table.sum(0))))
    assert told(means, deviations, podium, correlation=correlation) == pytest.approx(
        total, abs=2e-3
    )


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (((0, 0), (1, 1), (0.5, 0.5)), ((0, 0), (1, 1), (0.01, 0.01))),
        (((0, 0), (1, 1), (0.5, 0.5)), ((3, -3), (1, 1), (0.5, 0.5))),
        (((0, 0), (1, 1), (0.5, 0.5)), ((0, 0), (0.1, 0.1), (0.5, 0.5))),
        (((0, 0), (1, 1), (0.5, 0.5)), ((0, 0), (1, 1), (1, 0))),
    ],
    ids=["at the edge of the podium", "alike", "uncertain", "undecided"],
)
def test_most_is_told_by_two_that_are(more, less) -> None:
    assert told(*more) > told(*less) >= 0


def test_of_what_is_known_nothing_is_told() -> None:
    assert told((0, 0), (0, 0), (1, 0)) == pytest.approx(0, abs=1e-6)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_it_is_the_best_of_those_that_the_juror_may_and_has_not_compared(data) -> None:
    count = data.draw(st.integers(1, 7))
    demos = data.draw(st.permutations(range(10, 10 + count)))
    values = st.lists(st.floats(-2, 2), min_size=count, max_size=count)
    means, podium = np.array(data.draw(values)), np.abs(np.array(data.draw(values))) / 2
    covariance = np.diag(0.1 + np.abs(np.array(data.draw(values))))
    may = data.draw(st.sets(st.sampled_from(demos)))
    every = list(combinations(demos, 2))
    compared = data.draw(st.sets(st.sampled_from(every))) if every else set()
    compared = {pair[::-1] if sum(pair) % 2 else pair for pair in compared}
    found = most_telling_pair(demos, means, covariance, podium, juror=1, may=may, compared=compared)
    open_pairs = [
        (one, other)
        for one, other in every
        if {one, other} <= may and not {(one, other), (other, one)} & compared
    ]
    if found is None:
        assert not open_pairs
        return
    assert found in open_pairs or found[::-1] in open_pairs

    def worth(pair: tuple[int, int]) -> float:
        one, other = np.array([[demos.index(each)] for each in pair])
        return information(means, covariance, podium, one, other)[0]

    assert worth(found) >= max(map(worth, open_pairs)) - 1e-9
    order = data.draw(st.permutations(range(count)))
    again = most_telling_pair(
        [demos[at] for at in order],
        means[order],
        covariance[np.ix_(order, order)],
        podium[order],
        juror=1,
        may=may,
        compared=compared,
    )
    assert worth(again or found) == pytest.approx(worth(found), abs=1e-9)


def test_each_stands_left_about_as_often() -> None:
    means, covariance, podium = np.zeros(2), np.eye(2), np.full(2, 0.5)
    lefts = [
        (most_telling_pair((4, 9), means, covariance, podium, juror=juror, may=(4, 9)) or (0,))[0]
        for juror in range(200)
    ]
    assert 75 < lefts.count(4) < 125
