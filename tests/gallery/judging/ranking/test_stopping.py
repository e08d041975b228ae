"""The rule that may be watched, and what it says to look at next."""

import numpy as np
import pytest

from gallery.judging.ranking.evidence import Score
from gallery.judging.ranking.fit import Ranking, rank
from gallery.judging.ranking.model import PRIORS
from gallery.judging.ranking.planning import drawn_spreads
from gallery.judging.ranking.simulation import SPREADS, Evening, Jury, evening
from gallery.judging.ranking.stopping import change_after, outlook


def ranked(night: Evening, scores: tuple[Score, ...] | None = None) -> Ranking:
    return rank(night.demos, night.jurors, night.scales, night.scores if scores is None else scores)


@pytest.fixture(scope="module")
def typical() -> Ranking:
    return ranked(evening(Jury(12, 5, spreads=SPREADS), np.random.default_rng(4)))


def test_three_demos_leave_nothing_to_be_decided() -> None:
    found = outlook(rank("abc", ("x",), (), ()))
    assert found.certainty == 1
    assert found.stop
    assert found.contested == ()
    assert outlook(rank((), (), (), ())).stop


@pytest.mark.slow
def test_the_contested_are_neither_safe_nor_lost(typical: Ranking) -> None:
    found = outlook(typical)
    chances = {standing.demo: standing.podium for standing in typical.standings}
    assert found.contested
    assert all(0.05 < chances[demo] < 0.95 for demo in found.contested)
    assert len(found.podium) == 3
    assert not found.stop


def test_without_more_looks_nothing_changes_and_with_more_the_podium_may(typical: Ranking) -> None:
    chances = [change_after(typical, looks) for looks in (0, 1, 5, 1000)]
    assert chances[0] == 0
    assert chances == sorted(chances)
    assert chances[-1] == pytest.approx(1 - outlook(typical).certainty, abs=0.02)


@pytest.mark.slow
def test_watching_all_evening_and_stopping_at_the_first_chance_keeps_the_assurance() -> None:
    """A look after every round of jurors; those that stopped are right as often as was promised."""
    right, promised = [], []
    for number in range(50):
        random = np.random.default_rng((3, number))
        night = evening(Jury(4, 6, 6, spreads=drawn_spreads(PRIORS, random)), random)
        for seen in (2, 3, 4):
            scores = tuple(score for score in night.scores if score.position < seen)
            found = outlook(ranked(night, scores), assurance=0.8)
            if found.stop:
                best = set(np.argsort(-night.truth.quality)[:3].tolist())
                right.append(set(found.podium) == best)
                promised.append(found.certainty)
                break
    assert len(right) > 10
    error = np.sqrt(0.8 * 0.2 / len(right))
    print(len(right), np.mean(right), np.mean(promised))
    assert np.mean(right) > 0.8 - 2 * error
