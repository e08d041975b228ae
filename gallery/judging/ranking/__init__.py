"""Ranking of demos: scores and comparisons in one ordinal model. Pure arithmetic."""
