"""Ranking of demos: scores and comparisons in one ordinal model. Pure arithmetic."""

from gallery.judging.ranking.evidence import Comparison, Outcome, Scale, Score
from gallery.judging.ranking.fit import Interval, JurorStanding, Ranking, Standing, rank

__all__ = [
    "Comparison",
    "Interval",
    "JurorStanding",
    "Outcome",
    "Ranking",
    "Scale",
    "Score",
    "Standing",
    "rank",
]
