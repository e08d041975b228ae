"""Which two demos a juror should compare: those that tell most about who is among the first three.

`N` denotes demos, `K` pairs. The qualities are taken as normal, the answer as the sign of their
difference with normal noise (Thurstone 1927). A demo is among the first when its quality is above
a bound; where that bound lies for it follows from its probability of being there. Quality and
answer are then normal together, so how often both are above their bounds is known in closed form
(Owen 1956), and with it the information that the answer gives about the place of each of the two.
"""

from collections.abc import Collection, Sequence
from hashlib import sha256
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, owens_t, xlogy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SURE = 1e-9
"""Nothing is held to be surer than that."""


def most_telling_pair(
    demos: Sequence[int],
    means: Floats,
    covariance: Floats,
    podium: Floats,
    *,
    juror: int,
    may: Collection[int],
    compared: Collection[tuple[int, int]] = (),
    noise: float = 1.0,
) -> tuple[int, int] | None:
    """The ids of the left and the right one; None when the juror has compared all that they may.

    `means` [N] and `covariance` [N N] are of the qualities, `podium` [N] the probabilities of being
    among the first three, `noise` the standard deviation of a comparison, all in the order of
    `demos`. The juror may compare those in `may`; `compared` are the juror's pairs, in either
    order. Which one stands left is drawn by lot.
    """
    past = {frozenset(pair) for pair in compared}
    places = sorted((at for at, demo in enumerate(demos) if demo in may), key=lambda at: demos[at])
    pairs = [
        pair for pair in combinations(places, 2) if frozenset(demos[at] for at in pair) not in past
    ]
    if not pairs:
        return None
    one, other = np.array(pairs, np.int64).T
    told = information(means, covariance, podium, one, other, noise=noise)
    best = int(np.argmax(told.round(12)))
    left, right = (demos[at] for at in pairs[best])
    lot = sha256(f"{juror} {left} {right}".encode()).digest()[0]
    return (left, right) if lot % 2 else (right, left)


def information(
    means: Floats, covariance: Floats, podium: Floats, one: Ints, other: Ints, *, noise: float = 1.0
) -> Floats:
    """In nats, what "which is better?" tells about the places of each two, in expectation. [K]"""
    variance = np.diag(covariance)
    difference = means[one] - means[other]
    shared = covariance[one, other]
    spread = np.sqrt(np.maximum(variance[one] + variance[other] - 2 * shared, 0) + noise**2)
    answer = difference / spread  # in its standard deviations
    told = np.zeros(one.size)
    for place, along in ((one, variance[one] - shared), (other, shared - variance[other])):
        deviation = np.sqrt(variance[place])
        correlation = np.divide(
            along, deviation * spread, where=deviation > 0, out=np.zeros(along.size)
        )
        told += _mutual(np.clip(podium[place], SURE, 1 - SURE), answer, correlation)
    return told


def both_above(first: Floats, second: Floats, correlation: Floats) -> Floats:
    """P(X < first, Y < second) of two standard normals (Owen 1956, eq. 2.1).

    By symmetry that is also how often both are above the negative bounds.
    """
    h, k = (np.where(np.abs(each) < 1e-12, 1e-12, each) for each in (first, second))
    rest = np.sqrt(np.maximum(1 - correlation**2, 1e-15))
    apart = np.where(h * k < 0, 0.5, 0.0)
    of_h = owens_t(h, (k / h - correlation) / rest)
    of_k = owens_t(k, (h / k - correlation) / rest)
    return np.clip((ndtr(h) + ndtr(k)) / 2 - of_h - of_k - apart, 0, 1)


def _mutual(podium: Floats, answer: Floats, correlation: Floats) -> Floats:
    """The mutual information of two events: among the first, and the answer is "the first one"."""
    yes = ndtr(answer)
    both = np.clip(both_above(ndtri(podium), answer, correlation), 0, np.minimum(podium, yes))
    told = np.zeros(both.size)
    for joint, row, column in (
        (both, podium, yes),
        (podium - both, podium, 1 - yes),
        (yes - both, 1 - podium, yes),
        (1 - podium - yes + both, 1 - podium, 1 - yes),
    ):
        joint = np.maximum(joint, 0)
        told += xlogy(joint, np.maximum(joint, 1e-300)) - xlogy(
            joint, np.maximum(row * column, 1e-300)
        )
    return np.maximum(told, 0)
