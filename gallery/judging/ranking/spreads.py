"""How far demos, jurors and tastes are spread: estimated, and what is not known integrated out.

At the peak of the marginal likelihood times prior, found by Fisher's scoring in the logarithms of
the spreads (the expected squares of empirical Bayes: Dempster, Laird & Rubin 1977). Around it, the
posterior is a mixture over the points of a cubature of the fifth degree (McNamee & Stenger,
"Construction of fully symmetric numerical integration formulas", 1967), each weighted by how much
likelier it is than its normal says: nested Laplace (Rue, Martino & Chopin 2009). Thresholds go
along with the others, for the answers say little of how wide everything is together.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from itertools import combinations

import numpy as np

from gallery.judging.ranking.doubt import EXACT_LOOKS, no_blur
from gallery.judging.ranking.layout import Floats, Layout
from gallery.judging.ranking.model import Priors, Spreads, first_state
from gallery.judging.ranking.peak import Peak, centred, climbed, peak_at, peak_of, unknowns
from gallery.judging.ranking.scaling import best_scale, log_prior, priors_of, scaled

ROUNDS = 40
CLOSE = 1e-4
"""A squared length of the next step, for each unknown, below which the spreads are scored."""
SETTLED = 0.05
"""Of the logarithms of the spreads, where the search ends."""
MIXED_SCORES = 20_000
"""Above, the spreads are known well enough to be taken at their peak."""


@dataclass(frozen=True)
class Mixture:
    """Peaks at several spreads, and their weights, which sum to one."""

    peaks: tuple[Peak, ...]
    weights: Floats


def peak_of_spreads(layout: Layout, priors: Priors) -> Mixture:
    """Only where the spreads are most probable: the same order in a tenth of the time."""
    return Mixture((_best(layout, priors)[0],), np.ones(1))


def mixture_of(layout: Layout, priors: Priors) -> Mixture:
    """Each of its peaks at the posterior mean, where looks are few enough for that to differ."""
    mixture = _mixture(layout, priors)
    if layout.looks > EXACT_LOOKS:
        return mixture
    return replace(mixture, peaks=tuple(centred(layout, priors, each) for each in mixture.peaks))


def _mixture(layout: Layout, priors: Priors) -> Mixture:
    best, curvature = _best(layout, priors)
    free = np.array([prior.spread > 0 for prior in priors_of(priors)])
    free[4] = False
    if len(layout.steps) == 1:
        free[1] = False
    if layout.scored > MIXED_SCORES or not free.any():
        return Mixture((best,), np.ones(1))
    middle = np.log(astuple(best.spreads))
    covariance = np.linalg.inv(curvature)
    along = covariance[4, free] @ np.linalg.inv(covariance[np.ix_(free, free)])
    root = np.linalg.cholesky(covariance[np.ix_(free, free)])
    points, weights = cubature(int(free.sum()))
    peaks, logs = [], []
    for point in points:
        at = middle.copy()
        moved = root @ point
        at[free] += moved
        at[4] += along @ moved
        peak = peak_at(layout, priors, _spreads(at), best, tolerance=1e-2)
        peaks.append(peak)
        logs.append(peak.evidence + log_prior(priors, at) + 0.5 * point @ point)
    weights = weights * np.exp(np.array(logs) - max(logs))
    return Mixture(tuple(peaks), weights / weights.sum())


def cubature(count: int) -> tuple[Floats, Floats]:
    """Points and weights that integrate polynomials of the fifth degree against a normal, to 4."""
    axes = [sign * np.eye(count)[i] for i in range(count) for sign in (1, -1)]
    pairs = [
        one * np.eye(count)[i] + other * np.eye(count)[j]
        for i, j in combinations(range(count), 2)
        for one in (1, -1)
        for other in (1, -1)
    ]
    points = [np.zeros(count)] + [np.sqrt(3) * each for each in axes + pairs]
    weights = [(count**2 - 7 * count + 18) / 18]
    weights += [(4 - count) / 18] * len(axes) + [1 / 36] * len(pairs)
    kept = [place for place, weight in enumerate(weights) if weight > 0]
    return np.array(points)[kept], np.array(weights)[kept]


def _best(layout: Layout, priors: Priors) -> tuple[Peak, Floats]:
    """At the spreads that are most probable, and the curvature there, in logarithms."""
    logs = np.log([prior.median for prior in priors_of(priors)])
    peak = peak_of(layout, priors, _spreads(logs), first_state(layout, priors), no_blur(layout))
    close = 10 * CLOSE * unknowns(layout)
    curvature = np.eye(len(logs))
    scalable = all(prior.spread > 0 for prior in priors_of(priors))
    for _ in range(ROUNDS):
        peak = climbed(layout, priors, _spreads(logs), peak)
        if peak.solved.decrement > close:
            continue
        close = CLOSE * unknowns(layout)
        gradient, curvature = _scoring(layout, priors, peak)
        change = np.clip(np.linalg.solve(curvature + _held(priors), gradient), -0.7, 0.7)
        if np.abs(change).max() < SETTLED:
            break
        logs = logs + change
        if scalable:
            scale = best_scale(layout, priors, peak.state, logs)
            logs = logs + scale
            if abs(scale) > SETTLED:
                state, blur = scaled(layout, peak.state, peak.doubt.blur, scale)
                peak = peak_of(layout, priors, _spreads(logs), state, blur)
    if scalable:
        curvature = _loosened(curvature, len(layout.jurors) / max(priors.consistency, 1e-3) ** 2)
    return peak, curvature + _held(priors)


def _scoring(layout: Layout, priors: Priors, peak: Peak) -> tuple[Floats, Floats]:
    """Of the log posterior of the logarithms of the spreads; curvature by answers alone."""
    logs = np.log(astuple(peak.spreads))
    gradient, curvature = np.zeros(len(logs)), np.zeros((len(logs), len(logs)))
    for count, variance, way, square, doubt in _moments(layout, peak):
        known = 1 - min(doubt / max(count * variance, 1e-12), 1.0)
        gradient += 0.5 * ((square + doubt) / variance - count) * way
        curvature += 0.5 * count * known**2 * np.outer(way, way)
    for place, prior in enumerate(priors_of(priors)):
        if prior.spread > 0:
            gradient[place] -= (logs[place] - np.log(prior.median)) / prior.spread**2
        else:
            gradient[place], curvature[place], curvature[:, place] = 0.0, 0.0, 0.0
    return gradient, curvature


def _held(priors: Priors) -> Floats:  # [5, 5]
    """The curvature of what was thought of the spreads beforehand."""
    return np.diag([prior.spread**-2 if prior.spread > 0 else 1.0 for prior in priors_of(priors)])


def _loosened(curvature: Floats, consistency: float) -> Floats:
    """Answers cannot tell wider spreads from less consistent jurors, who alone hold the width.

    So along the width the two curvatures act like springs in a row.
    """
    pull = curvature.sum(1)
    along = pull.sum()
    if along <= 0:
        return curvature
    held = 1 / (1 / along + 1 / max(consistency, 1e-12))
    return curvature - np.outer(pull, pull) / along * (1 - held / along)


def _moments(layout: Layout, peak: Peak) -> Iterator[tuple[int, float, Floats, float, float]]:
    """Of independent normals that have a variance in common: how many there are, the variance, its
    logarithm's derivative by the logarithms of the spreads, and the sums of the squares of their
    means and of the variances that are left.

    The mean over criteria of a demo, and what is around it, are independent.
    """
    spreads, state, solved = peak.spreads, peak.state, peak.solved
    unit = 2 * np.eye(5)
    D, C = state.theta.shape
    wide = solved.theta_covariance
    square, doubt = float((state.theta.sum(1) ** 2).sum() / C), float(wide.sum() / C)
    own = spreads.criterion**2 if C > 1 else 0.0
    mean = C * spreads.quality**2 + own
    yield D, mean, (C * spreads.quality**2 * unit[0] + own * unit[1]) / mean, square, doubt
    if C > 1:
        around = float((state.theta**2).sum()) - square
        rest = float(np.trace(wide, axis1=1, axis2=2).sum()) - doubt
        yield D * (C - 1), own, unit[1], around, rest
    square = sum(float((taste**2).sum()) for taste in state.taste)
    yield layout.looks, spreads.taste**2, unit[2], square, peak.doubt.taste
    places, variances = solved.system.places, np.diagonal(solved.shared_covariance)
    severity, cuts = state.shared[places.severity], state.shared[places.thresholds]
    square, doubt = float((severity**2).sum()), float(variances[places.severity].sum())
    yield len(severity), spreads.severity**2, unit[3], square, doubt
    there = (np.arange(places.cuts) < layout.steps[:, None] - 1).ravel()
    square, doubt = float((cuts**2).sum()), float(variances[places.thresholds][there].sum())
    yield int(there.sum()), spreads.threshold**2, unit[4], square, doubt


def _spreads(logs: Floats) -> Spreads:
    return Spreads(*(float(each) for each in np.exp(logs)))
