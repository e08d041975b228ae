"""Juries that never were, for planning and for tests."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.special import expit

from gallery.judging.ranking.evidence import Comparison, Id, Outcome, Scale, Score
from gallery.judging.ranking.layout import Floats
from gallery.judging.ranking.model import Spreads

RUBRIC = tuple(Scale(key, 1, 5, share) for key, share in (("a", 0.5), ("b", 0.3), ("c", 0.2)))
USUAL = 1.2
"""The standard deviation of the logits of five such shares."""
SPREADS = Spreads(quality=1.0, criterion=0.5, taste=0.5, severity=0.7)


@dataclass(frozen=True)
class Jury:
    """How jurors differ, and how they look; the spreads are those of the model."""

    demos: int
    jurors: int
    looks: int = 3
    """At each demo, at least."""
    scales: Sequence[Scale] = RUBRIC
    spreads: Spreads = SPREADS
    consistency: float = 0.25
    order: float = 0.0
    comparisons: int = 0


@dataclass(frozen=True)
class Truth:
    """What the model looks for, as it was drawn."""

    quality: Floats  # [D], around the mean of all
    theta: Floats  # [D, C]
    severity: Floats  # [J]


@dataclass(frozen=True)
class Evening:
    """One simulated jury and all that it said; demos and jurors are numbered."""

    demos: tuple[Id, ...]
    jurors: tuple[Id, ...]
    scales: tuple[Scale, ...]
    scores: tuple[Score, ...]
    comparisons: tuple[Comparison, ...]
    truth: Truth


def evening(jury: Jury, random: Generator) -> Evening:
    D, J, C = jury.demos, jury.jurors, len(jury.scales)
    spreads = jury.spreads
    share = np.array([scale.share for scale in jury.scales])
    share = share / share.sum()
    theta = random.normal(0, spreads.quality, (D, 1)) + random.normal(0, spreads.criterion, (D, C))
    quality = theta @ share
    severity = random.normal(0, spreads.severity, J)
    sharp = np.exp(random.normal(0, jury.consistency, J))
    cuts = [_cuts(scale, spreads.threshold, random) for scale in jury.scales]
    scores = []
    for juror, demos in enumerate(deal(D, J, jury.looks, random)):
        moments = np.arange(len(demos)) / max(len(demos) - 1, 1) - 0.5
        taste = random.normal(0, spreads.taste, len(demos))
        for place, demo in enumerate(demos):
            level = taste[place] - severity[juror] + jury.order * moments[place]
            for at, scale in enumerate(jury.scales):
                chances = expit(sharp[juror] * (theta[demo, at] + level - cuts[at]))
                step = int((random.random() < chances).sum())
                scores.append(Score(juror, int(demo), scale.key, scale.lowest + step, place))
    pairs = []
    for _ in range(jury.comparisons if D > 1 else 0):
        juror = int(random.integers(J))
        left, right = (int(each) for each in random.choice(D, 2, replace=False))
        apart = sharp[juror] * (quality[left] - quality[right])
        step = int((random.random() < expit(apart + np.array([0.5, -0.5]))).sum())
        outcome = (Outcome.RIGHT, Outcome.EQUAL, Outcome.LEFT)[step]
        pairs.append(Comparison(juror, left, right, outcome))
    truth = Truth(quality - quality.mean(), theta, severity)
    return Evening(
        tuple(range(D)), tuple(range(J)), tuple(jury.scales), tuple(scores), tuple(pairs), truth
    )


def deal(demos: int, jurors: int, looks: int, random: Generator) -> list[list[int]]:
    """What each juror sees, in order: every demo `looks` times, loads within one of each other.

    Demos go round the jurors in a random order, so that neighbours share demos and all are
    connected; each juror then looks in an order of their own.
    """
    looks = min(looks, jurors)
    seen: list[list[int]] = [[] for _ in range(jurors)]
    for demo in random.permutation(demos):
        likely = sorted(range(jurors), key=lambda juror: (len(seen[juror]), random.random()))
        for juror in likely[:looks]:
            seen[juror].append(int(demo))
    return [[each[place] for place in random.permutation(len(each))] for each in seen]


def _cuts(scale: Scale, spread: float, random: Generator) -> Floats:  # [K - 1]
    """Thresholds of a criterion whose steps are all used, some more often."""
    parts = random.dirichlet(np.full(scale.highest - scale.lowest + 1, 4.0))
    below = np.clip(np.cumsum(parts)[:-1], 1e-3, 1 - 1e-3)
    return spread * np.log(below / (1 - below)) / USUAL
