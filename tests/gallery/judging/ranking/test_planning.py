"""Plans: figures that are the same every time, and get better with looks."""

import pytest

from gallery.judging.ranking.planning import Figure, enough, plan
from gallery.judging.ranking.simulation import Jury


def test_a_plan_is_the_same_every_time_and_comes_one_figure_at_a_time() -> None:
    first = next(plan(Jury(6, 3), (1, 2), juries=4))
    assert first == next(plan(Jury(6, 3), (1,), juries=4))
    assert first.looks == 1
    assert first.load == 2


@pytest.mark.slow
def test_more_looks_find_the_winner_more_often() -> None:
    one, twelve = plan(Jury(10, 12), (1, 12), juries=60)
    assert twelve.winner > one.winner + 0.1
    assert one.winner <= one.among
    assert one.podium <= one.among


def test_the_fewest_looks_that_suffice_are_chosen() -> None:
    figures = [
        Figure(looks, looks, winner, 1, 1, 0) for looks, winner in ((5, 0.95), (3, 0.91), (2, 0.7))
    ]
    assert enough(figures) == figures[1]
    assert enough(figures, assurance=0.99) is None
