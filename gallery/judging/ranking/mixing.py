"""Mixtures of normals: means, quantiles, and draws that are the same every time."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from gallery.judging.ranking.layout import Floats, Ints
from gallery.judging.ranking.solving import Solved
from gallery.judging.ranking.spreads import Mixture

DRAWS = 4096
LARGE = 256
"""Demos above which there are fewer draws."""
LARGE_DRAWS = 1024
SEED = 20230417


@dataclass(frozen=True)
class Normals:
    """`P` normals for each of some quantities."""

    weights: Floats  # [P], summing to one
    means: Floats  # [P, D]
    variances: Floats  # [P, D]

    @classmethod
    def of(cls, mixture: Mixture) -> "Normals":
        """Qualities above the mean of all demos."""
        means, variances = [], []
        for peak in mixture.peaks:
            quality = peak.state.theta @ peak.solved.share
            means.append(quality - quality.sum() / max(quality.size, 1))
            variances.append(_centred_variance(peak.solved))
        return cls(mixture.weights, np.array(means), np.maximum(np.array(variances), 0))

    @property
    def mean(self) -> Floats:  # [D]
        return self.weights @ self.means


def _centred_variance(solved: Solved) -> Floats:  # [D]
    """Of each quality less the mean of all."""
    own, root = solved.quality_parts
    D = max(len(root), 1)
    rest = root - root.sum(0) / D
    if own.ndim == 2:
        rows = own.sum(0) / D
        return np.diagonal(own) - 2 * rows + rows.sum() / D + (rest**2).sum(1)
    return own * (1 - 2 / D) + own.sum() / D**2 + (rest**2).sum(1)


def quantile(normals: Normals, probability: float) -> Floats:  # [D]
    """By halving."""
    deviations = np.sqrt(normals.variances)
    low = (normals.means - 9 * deviations).min(0, initial=0)
    high = (normals.means + 9 * deviations).max(0, initial=0)
    safe = np.maximum(deviations, 1e-12)
    for _ in range(50):
        middle = (low + high) / 2
        below = normals.weights @ ndtr((middle - normals.means) / safe) < probability
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def draw(mixture: Mixture, order: Ints) -> Floats:  # [N, D]
    """Qualities above the mean, demos in `order`, so that their names make no difference."""
    D = len(order)
    count = DRAWS if D <= LARGE else LARGE_DRAWS
    random = np.random.default_rng(SEED)
    each = np.diff(np.round(np.concatenate([[0], np.cumsum(mixture.weights)]) * count).astype(int))
    parts = []
    for number, peak in zip(each, mixture.peaks, strict=True):
        normal = random.standard_normal((number, D))
        if not number or not D:
            parts.append(normal)
            continue
        own, root = peak.solved.quality_parts
        drawn = (peak.state.theta @ peak.solved.share)[order]
        if own.ndim == 2:
            drawn = drawn + normal @ np.linalg.cholesky(own[np.ix_(order, order)]).T
        else:
            drawn = drawn + normal * np.sqrt(own[order])
        drawn = drawn + random.standard_normal((number, root.shape[1])) @ root[order].T
        parts.append(drawn - drawn.mean(1, keepdims=True))
    return np.concatenate(parts)
