"""Plain means, worked out by hand."""

import pytest

from gallery.judging.ranking.evidence import Scale, Score
from gallery.judging.ranking.means import means

SCALES = (Scale("impact", 1, 5, 3), Scale("craft", 0, 2, 1))


def test_each_criterion_counts_by_its_share_from_its_lowest_to_its_highest() -> None:
    scores = [Score(1, "a", "impact", 5), Score(2, "a", "impact", 4), Score(1, "a", "craft", 0)]
    (mean,) = means(("a",), SCALES, scores)
    assert mean.criteria == {"impact": 4.5, "craft": 0}
    assert mean.overall == pytest.approx(0.75 * 0.875)
    assert mean.scores == 3


def test_what_was_not_scored_is_left_out_and_comes_last() -> None:
    found = means(
        ("none", "low", "high"),
        SCALES,
        [Score(1, "low", "impact", 1), Score(1, "high", "craft", 2)],
    )
    assert [mean.demo for mean in found] == ["high", "low", "none"]
    assert [mean.overall for mean in found] == [1.0, 0.0, None]
