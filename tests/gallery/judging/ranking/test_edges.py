"""Juries of which something is missing: each has a defined, finite result."""

from dataclasses import astuple

import numpy as np
import pytest

from gallery.judging.ranking.evidence import Comparison, Outcome, Scale, Score
from gallery.judging.ranking.fit import Ranking, rank

SCALES = (Scale("impact", 1, 5, 0.6), Scale("craft", 0, 9, 0.4))


def look(juror: str, demo: str, value: int = 3, position: int = 0) -> list[Score]:
    return [Score(juror, demo, scale.key, value, position) for scale in SCALES]


def assert_finite(ranking: Ranking) -> None:
    for each in ranking.standings:
        figures = [each.quality, *astuple(each.interval), each.podium, *each.places]
        assert np.isfinite([*figures, *each.criteria.values()]).all()
        assert each.interval.lower <= each.quality <= each.interval.upper
    for juror in ranking.jurors:
        assert np.isfinite([juror.severity, *astuple(juror.interval), juror.consistency]).all()
    assert np.isfinite([row for rows in ranking.thresholds.values() for row in rows]).all()


def test_nothing_at_all_is_an_empty_ranking() -> None:
    ranking = rank((), (), SCALES, ())
    assert ranking.standings == ()
    assert ranking.tied == ()
    assert_finite(ranking)


def test_without_jurors_all_demos_are_level_and_tied() -> None:
    ranking = rank("abcd", (), SCALES, ())
    assert [each.rank for each in ranking.standings] == [1, 1, 1, 1]
    assert ranking.tied == (("a", "b", "c", "d"),)
    assert [each.looks for each in ranking.standings] == [0, 0, 0, 0]
    assert_finite(ranking)


def test_when_everybody_abstains_all_demos_are_level() -> None:
    ranking = rank("abcd", ("x", "y"), SCALES, ())
    assert [each.podium for each in ranking.standings] == pytest.approx([0.75] * 4, abs=0.05)
    assert [each.looks for each in ranking.jurors] == [0, 0]
    assert_finite(ranking)


def test_one_demo_is_first_for_certain() -> None:
    ranking = rank(("a",), ("x",), SCALES, look("x", "a"))
    (only,) = ranking.standings
    assert (only.rank, only.podium, only.quality) == (1, 1.0, 0.0)
    assert_finite(ranking)


@pytest.mark.slow
def test_one_juror_ranks_alone() -> None:
    scores = look("x", "a", 1) + look("x", "b", 3, 1) + look("x", "c", 5, 2)
    ranking = rank("abc", ("x",), SCALES, scores)
    assert [each.demo for each in ranking.standings] == ["c", "b", "a"]
    assert_finite(ranking)


@pytest.mark.slow
def test_a_juror_with_one_score_is_told_little_from_the_average() -> None:
    scores = [*look("x", "a", 1), *look("x", "b", 4, 1), Score("y", "a", "impact", 5)]
    ranking = rank("ab", ("x", "y"), SCALES, scores)
    wide = {each.juror: each.interval.upper - each.interval.lower for each in ranking.jurors}
    assert wide["y"] > 1
    assert_finite(ranking)


@pytest.mark.slow
def test_a_criterion_that_nobody_used_changes_no_order() -> None:
    scores = [
        Score("x", demo, "impact", value, value)
        for demo, value in zip("abc", (1, 3, 5), strict=True)
    ]
    ranking = rank("abc", ("x",), SCALES, scores)
    assert [each.demo for each in ranking.standings] == ["c", "b", "a"]
    assert set(ranking.standings[0].criteria) == {"impact", "craft"}
    assert_finite(ranking)


@pytest.mark.slow
@pytest.mark.parametrize("value", [1, 3, 5])
def test_all_the_same_score_tells_nothing_apart(value: int) -> None:
    scores = [s for juror in "xyz" for demo in "abcd" for s in look(juror, demo, value)]
    ranking = rank("abcd", "xyz", SCALES, scores)
    assert [each.quality for each in ranking.standings] == pytest.approx([0] * 4, abs=1e-6)
    assert ranking.tied == (("a", "b", "c", "d"),)
    assert_finite(ranking)


@pytest.mark.slow
def test_islands_are_said_and_stay_uncertain_against_each_other() -> None:
    apart = [*look("x", "a", 5), *look("x", "b", 4, 1), *look("y", "c", 2), *look("y", "d", 1, 1)]
    joined = [*apart, *look("x", "c", 2, 2), *look("y", "b", 4, 2)]
    ranking, whole = (rank("abcd", ("x", "y"), SCALES, scores) for scores in (apart, joined))
    assert ranking.islands == 2
    assert whole.islands == 1
    of = {each.demo: each.island for each in ranking.standings}
    assert of["a"] == of["b"] != of["c"] == of["d"]
    assert ranking.above("b", "c") < whole.above("b", "c")
    assert_finite(ranking)


@pytest.mark.slow
def test_a_demo_that_nobody_saw_keeps_a_wide_interval() -> None:
    scores = [s for juror in "xyz" for demo in "abc" for s in look(juror, demo, ord(demo) - 95)]
    ranking = rank("abcd", "xyz", SCALES, scores)
    wide = {each.demo: each.interval.upper - each.interval.lower for each in ranking.standings}
    assert max(wide, key=wide.__getitem__) == "d"
    assert_finite(ranking)


@pytest.mark.slow
def test_scores_and_comparisons_are_one_evidence() -> None:
    scores = [*look("x", "a", 3), *look("x", "b", 3, 1)]
    pairs = [Comparison("x", "a", "b", Outcome.LEFT)] * 2
    ranking = rank("ab", ("x",), SCALES, scores, pairs)
    assert ranking.standings[0].demo == "a"
    assert ranking.standings[0].comparisons == 2
    assert_finite(ranking)


def test_only_ties_in_comparisons_leave_all_level() -> None:
    pairs = [Comparison("x", left, right, Outcome.EQUAL) for left, right in ("ab", "bc", "ca")]
    ranking = rank("abc", ("x",), (), (), pairs)
    assert [each.quality for each in ranking.standings] == pytest.approx([0] * 3, abs=1e-6)
    assert_finite(ranking)


def test_two_scores_for_the_same_are_refused() -> None:
    with pytest.raises(ValueError, match="keep the later"):
        rank(("a",), ("x",), SCALES, look("x", "a") + look("x", "a"))
