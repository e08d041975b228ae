"""The expectation of a function of a few correlated normals, by points along the axes of a root.

The points of McNamee & Stenger ("Construction of fully symmetric numerical integration formulas",
1967) that are exact to the third degree, and to the fifth along each axis: the sigma points of
Julier & Uhlmann ("A new extension of the Kalman filter to nonlinear systems", 1997) with κ = 3 - k.
The root is Cholesky's, so what varies most belongs first.
"""

from collections.abc import Callable

import numpy as np

from gallery.judging.ranking.layout import Floats

NOTHING = 1e-9
"""A standard deviation below which nothing is taken to go along with it."""


def expected(
    of: Callable[[Floats], Floats],  # of [k, ...], to [r, ...]
    mean: Floats,  # [k, ...]
    covariance: Floats,  # [k, k, ...], singular ones as well
) -> Floats:  # [r, ...]
    axes = np.sqrt(3) * _root(covariance)
    middle = 1 - len(mean) / 3
    total = middle * of(mean) if middle else 0.0
    for axis in range(len(mean)):
        total = total + (of(mean + axes[:, axis]) + of(mean - axes[:, axis])) / 6
    return np.asarray(total)


def _root(covariance: Floats) -> Floats:  # [k, k, ...], lower
    root = np.zeros_like(covariance)
    for axis in range(len(covariance)):
        rest = covariance[axis:, axis] - (root[axis:, :axis] * root[axis, :axis]).sum(1)
        deviation = np.sqrt(np.maximum(rest[0], 0))
        root[axis:, axis] = rest / np.where(deviation > NOTHING, deviation, np.inf)
    return root
