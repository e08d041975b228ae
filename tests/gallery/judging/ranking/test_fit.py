"""The ranking on small juries whose result is plain."""

from dataclasses import replace

import numpy as np
import pytest

from gallery.judging.ranking.evidence import Comparison, Outcome, Scale, Score
from gallery.judging.ranking.fit import Ranking, rank
from gallery.judging.ranking.simulation import Evening, Jury, evening

SCALES = (Scale("impact", 1, 5, 0.6), Scale("craft", 1, 5, 0.4))


def scored(values: dict[str, dict[str, int]]) -> list[Score]:
    """`values[juror][demo]` is given on both criteria."""
    return [
        Score(juror, demo, scale.key, value, place)
        for juror, row in values.items()
        for place, (demo, value) in enumerate(row.items())
        for scale in SCALES
    ]


def test_the_better_scored_demo_stands_above() -> None:
    scores = scored({juror: {"fox": 5, "owl": 3, "elk": 1} for juror in "abc"})
    ranking = rank(("owl", "elk", "fox"), tuple("abc"), SCALES, scores)
    assert [standing.demo for standing in ranking.standings] == ["fox", "owl", "elk"]
    assert [standing.rank for standing in ranking.standings] == [1, 2, 3]
    assert ranking.above("fox", "elk") > 0.95


@pytest.mark.slow
def test_a_severe_juror_does_not_sink_the_demos_that_fell_to_them() -> None:
    strict = {"a": {"one": 2, "two": 2, "link": 3}, "b": {"link": 5, "three": 4, "four": 4}}
    ranking = rank(("one", "two", "link", "three", "four"), ("a", "b"), SCALES, scored(strict))
    severity = {juror.juror: juror.severity for juror in ranking.jurors}
    assert severity["a"] > severity["b"]
    gap = max(s.quality for s in ranking.standings if s.demo != "link") - min(
        s.quality for s in ranking.standings if s.demo != "link"
    )
    assert gap < 1.5


@pytest.mark.slow
def test_a_drift_over_the_evening_is_found_and_taken_out_of_the_qualities() -> None:
    """It is held to be small beforehand, so a strong one is found weaker than it is."""
    drifting = Jury(demos=60, jurors=10, looks=4, order=-1.5)
    one = evening(drifting, np.random.default_rng(1))
    ranking = rank(one.demos, one.jurors, one.scales, one.scores)
    assert -1.5 < ranking.order_effect < -0.5
    assert ranking.order_interval.upper < 0
    blind = [replace(score, position=0) for score in one.scores]
    without = rank(one.demos, one.jurors, one.scales, blind)
    assert _error(ranking, one) < _error(without, one)


def _error(ranking: Ranking, one: Evening) -> float:
    """Root of the mean square, in logits."""
    found = {standing.demo: standing.quality for standing in ranking.standings}
    away = np.array([found[demo] for demo in one.demos]) - one.truth.quality
    return float(np.sqrt((away**2).mean()))


def test_comparisons_alone_rank() -> None:
    pairs = [
        Comparison("a", "fox", "owl", Outcome.LEFT),
        Comparison("b", "elk", "owl", Outcome.RIGHT),
    ]
    ranking = rank(("elk", "owl", "fox"), ("a", "b"), (), [], pairs * 4)
    assert [standing.demo for standing in ranking.standings] == ["fox", "owl", "elk"]


@pytest.mark.slow
def test_probabilities_sum_to_one_by_demo_and_by_place() -> None:
    scores = scored({"a": {"fox": 5, "owl": 3, "elk": 3}, "b": {"owl": 4, "elk": 4}})
    ranking = rank(("owl", "elk", "fox"), ("a", "b"), SCALES, scores)
    places = np.array([standing.places for standing in ranking.standings])
    assert places.sum(0) == pytest.approx(1)
    assert places.sum(1) == pytest.approx(1)


@pytest.mark.parametrize(
    "wrong",
    [
        Score("z", "fox", "impact", 3),
        Score("a", "fox", "impact", 6),
        Score("a", "gnu", "impact", 3),
    ],
)
def test_what_does_not_belong_is_refused(wrong: Score) -> None:
    with pytest.raises(ValueError, match="leave it out"):
        rank(("fox", "owl"), ("a",), SCALES, [wrong])
