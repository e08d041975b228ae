"""Four other ways to rank demos, each written from its description: what ours is compared with."""

from collections import defaultdict
from itertools import pairwise
from math import exp

import numpy as np

from gallery.judging.ranking.simulation import Evening


def totals(night: Evening) -> dict[tuple[int, int], float]:
    """What each juror gave each demo, by share, from 0 to 1."""
    span = {scale.key: scale for scale in night.scales}
    whole = sum(scale.share for scale in night.scales)
    found: dict[tuple[int, int], float] = defaultdict(float)
    for score in night.scores:
        scale = span[score.criterion]
        part = (score.value - scale.lowest) / (scale.highest - scale.lowest)
        found[int(score.juror), int(score.demo)] += scale.share / whole * part
    return found


def by_means(night: Evening) -> np.ndarray:
    """The mean of what jurors gave; a demo that nobody saw has the mean of all."""
    given = totals(night)
    middle = float(np.mean(list(given.values()))) if given else 0.0
    values = [[] for _ in night.demos]
    for (_, demo), value in given.items():
        values[demo].append(value)
    return np.array([np.mean(each) if each else middle for each in values])


def by_z_scores(night: Evening) -> np.ndarray:
    """Each juror's scores less their mean, by their standard deviation; then the mean by demo."""
    by_juror = defaultdict(dict)
    for (juror, demo), value in totals(night).items():
        by_juror[juror][demo] = value
    values = [[] for _ in night.demos]
    for given in by_juror.values():
        middle, spread = np.mean(list(given.values())), np.std(list(given.values()))
        for demo, value in given.items():
            values[demo].append((value - middle) / spread if spread > 0 else 0.0)
    return np.array([np.mean(each) if each else 0.0 for each in values])


def by_copeland(night: Evening) -> np.ndarray:
    """hackutd/jury's score aggregation: each juror's order of what they saw is all its comparisons.

    A point for every demo that it stands above, less one for every demo that it stands below,
    summed over jurors and never divided by how many saw it. Equal totals give nothing.
    """
    by_juror = defaultdict(dict)
    for (juror, demo), value in totals(night).items():
        by_juror[juror][demo] = value
    points = np.zeros(len(night.demos))
    for given in by_juror.values():
        for demo, value in given.items():
            points[demo] += sum(np.sign(value - other) for other in given.values())
    return points


def by_crowd_bt(night: Evening) -> np.ndarray:
    """gavel's ranking: Chen et al., "Pairwise ranking aggregation in a crowdsourced setting", 2013.

    A juror compares each demo with the one seen before (gavel's "better or worse than the last?"),
    in the order of looking; equal totals are skipped. Online updates of normal qualities and of the
    beta-distributed reliability of each juror, with gavel's constants (gamma 0.1, lambda 1, kappa
    0.0001, priors mu 0, sigma² 1, alpha 10, beta 1), juror by juror in turns.
    """
    order: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for score in night.scores:
        place = (score.position, int(score.demo))
        if place not in order[int(score.juror)]:
            order[int(score.juror)].append(place)
    given = totals(night)
    votes = []
    for juror, places in order.items():
        demos = [demo for _, demo in sorted(places)]
        for turn, (before, now) in enumerate(pairwise(demos)):
            if given[juror, before] != given[juror, now]:
                won = given[juror, now] > given[juror, before]
                votes.append((turn, juror, *((now, before) if won else (before, now))))
    mu, variance = np.zeros(len(night.demos)), np.ones(len(night.demos))
    alpha, beta_ = defaultdict(lambda: 10.0), defaultdict(lambda: 1.0)
    for _, juror, winner, loser in sorted(votes):
        _update(juror, winner, loser, mu, variance, alpha, beta_)
    return mu


def _update(juror, winner, loser, mu, variance, alpha, beta_) -> None:
    """gavel's crowd_bt.update, equations of the paper's section 4."""
    a, b, kappa = alpha[juror], beta_[juror], 1e-4
    p = exp(mu[winner]) / (exp(mu[winner]) + exp(mu[loser]))
    agree = a * exp(mu[winner])
    disagree = b * exp(mu[loser])
    swapped = a * exp(mu[winner]) / (agree + disagree) - p
    curve = a * exp(mu[winner]) * b * exp(mu[loser]) / (agree + disagree) ** 2 - p * (1 - p)
    mean_winner = mu[winner] + variance[winner] * swapped
    mean_loser = mu[loser] - variance[loser] * swapped
    var_winner = variance[winner] * max(1 + variance[winner] * curve, kappa)
    var_loser = variance[loser] * max(1 + variance[loser] * curve, kappa)
    right = p + 0.5 * (variance[winner] + variance[loser]) * p * (1 - p) * (1 - 2 * p)
    right = min(max(right, 1e-9), 1 - 1e-9)
    chance = (right * a + (1 - right) * b) / (a + b)
    mean = (right * (a + 1) * a + (1 - right) * a * b) / (chance * (a + b + 1) * (a + b))
    square = (right * (a + 2) * (a + 1) * a + (1 - right) * (a + 1) * a * b) / (
        chance * (a + b + 2) * (a + b + 1) * (a + b)
    )
    spread = square - mean**2
    alpha[juror] = (mean - square) * mean / spread
    beta_[juror] = (mean - square) * (1 - mean) / spread
    mu[winner], mu[loser] = mean_winner, mean_loser
    variance[winner], variance[loser] = var_winner, var_loser
