"""Newton's equations of the model at one state, by blocks, and what adds to all of them."""

from dataclasses import dataclass

import numpy as np

from gallery.judging.ranking.layout import Floats, Ints, Layout
from gallery.judging.ranking.likelihood import Answers
from gallery.judging.ranking.model import Places


@dataclass(frozen=True)
class Looks:
    """Of one block, what is needed to come back to taste: `cross` with what is shared, by parts."""

    pivot: Floats  # [b, n]
    gradient: Floats  # [b, n]
    theta: Floats  # [b, n, C]
    severity: Floats  # [b, n]
    consistency: Floats  # [b, n]
    thresholds: Floats  # [b, n, C (K - 1)]
    order: Floats  # [b, n]


@dataclass
class System:
    """Curvature (`own`, `cross`, `shared`, `pairs`) and gradient of the log posterior.

    Taste is eliminated already; what pairs say of qualities stands apart, as it joins demos.
    """

    places: Places
    value: float
    """log of likelihood and prior at fixed spreads, without constants of the thresholds."""
    own: Floats  # [D, C, C]
    cross: Floats  # [D, C, G]
    shared: Floats  # [G, G]
    gradient: Floats  # [D, C]
    shared_gradient: Floats  # [G]
    pairs: Floats | None  # [D, D], curvature of the qualities that are compared
    looks: list[Looks]
    observed: float
    """How much of the curvature is there that is zero in expectation over answers."""
    blurred: float = 0.0
    """What the expectation over uncertain levels took from `value`, twice, to second order."""


@dataclass(frozen=True)
class Blur:
    """How uncertain the level is at which each answer was given: standard deviations."""

    looks: tuple[Floats, ...]  # one [b, n, C] for each block
    pairs: Floats  # [M], of the difference of qualities
    together: "Together | None" = None
    """With it, gradients are expected over all that is uncertain about each answer."""


@dataclass(frozen=True)
class Together:
    """How all that an answer depends on is uncertain together: covariances.

    Of a score: how far its level is above its step, the logarithm of consistency, the step's width
    (which the first and the last step lack). Of a comparison: the difference of qualities, the
    logarithm of how sharp it is, side, and the logarithm of `equal`.
    """

    looks: tuple[Floats, ...]  # one [3, 3, b, n, C] for each block
    steps: Floats  # [3, 3, K, C], of the scores that were thought to be given beforehand
    pairs: Floats  # [4, 4, M]


def padded_thresholds(layout: Layout, places: Places, shared: Floats) -> Floats:  # [C, K + 1]
    """With what lies below the first step and above the last."""
    padded = np.full((places.criteria, places.cuts + 2), np.inf)
    padded[:, 0] = -np.inf
    cuts = shared[places.thresholds].reshape(places.criteria, places.cuts)
    for place, steps in enumerate(layout.steps):
        padded[place, 1:steps] = cuts[place, : steps - 1]
    return padded


def add_cuts(system: System, step: Ints, part: Answers) -> None:
    """What answers say of cuts alone; `step` ends with the criteria's axis, as do the answers."""
    C, cuts = system.places.criteria, system.places.cuts
    wide = cuts + 2
    cell = (np.arange(C) * wide + step).ravel()

    def summed(values: Floats) -> Floats:  # [C, K + 1]
        return np.bincount(cell, values.ravel(), C * wide).reshape(C, wide).astype(float)

    between = summed(part.lower_upper)
    lower = summed(-part.m_lower) - between
    upper = summed(-part.m_upper) - between
    own = np.zeros((C, cuts, C, cuts))
    c, k = np.arange(C)[:, None], np.arange(cuts)
    own[c, k, c, k] = lower[:, 1:-1] + upper[:, :-2]
    own[c, k[:-1], c, k[1:]] = own[c, k[1:], c, k[:-1]] = between[:, 1:cuts]
    at = system.places.thresholds
    system.shared[at, at] += own.reshape(C * cuts, C * cuts)
    system.shared_gradient[at] += (summed(part.lower)[:, 1:-1] + summed(part.upper)[:, :-2]).ravel()


def add_twice(matrix: Floats, rows: Ints, columns: Ints | int, values: Floats) -> None:
    matrix[rows, columns] += values
    matrix[columns, rows] += values
