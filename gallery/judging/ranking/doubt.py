"""How uncertain the level is at which each answer was given, and each juror's taste."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from gallery.judging.ranking.equations import Blur, Looks
from gallery.judging.ranking.layout import Block, Floats, Layout
from gallery.judging.ranking.solving import Solved

EXACT_LOOKS = 2000
"""Above, how uncertain jurors and thresholds are is left out: it is little then, and costs most."""


@dataclass(frozen=True)
class Doubt:
    blur: Blur
    taste: float
    """The variances of taste, summed over all looks."""


def no_blur(layout: Layout) -> Blur:
    return Blur(
        tuple(np.zeros(block.step.shape) for block in layout.blocks),
        np.zeros(layout.pairs.juror.size),
    )


def doubt_of(layout: Layout, solved: Solved) -> Doubt:
    blurs, total = [], 0.0
    for block, looks in zip(layout.blocks, solved.system.looks, strict=True):
        there = block.juror < block.jurors
        pivot = looks.pivot
        inverse = solved.inverse[block.demos]
        mixed = np.matmul(looks.theta, inverse)  # [b, n, C]
        taste = 1 / pivot + (mixed * looks.theta).sum(-1) / pivot**2
        level = np.diagonal(inverse, axis1=1, axis2=2)[:, None, :] - 2 * mixed / pivot[..., None]
        level = level + taste[..., None]
        if layout.looks <= EXACT_LOOKS:
            rest, own = shared_part(block, looks, solved)
            roots = _roots(rest, solved)
            taste = taste + (roots**2).sum(-1) / pivot**2
            roots, answer = _roots(own, solved), solved.spread_answer[block.demos]
            level = level + (roots**2).sum(-1)[..., None] + (answer**2).sum(-1)[:, None, :]
            level = level - 2 * np.matmul(roots, answer.transpose(0, 2, 1))
        total += float(taste[there].sum())
        blurs.append(np.sqrt(np.maximum(level, 0)))
    return Doubt(Blur(tuple(blurs), _apart(layout, solved)), total)


def shared_part(
    block: Block, looks: Looks, solved: Solved
) -> tuple[Floats, Floats]:  # each [b, n, G]
    """What taste answers to what is shared, times minus its pivot, the demos' answer included.

    And what the level answers but for the demo's quality.
    """
    places = solved.system.places
    rest = -np.matmul(looks.theta, solved.answer[block.demos])
    there = block.juror < block.jurors
    demo, look = np.nonzero(there)
    juror = block.juror[there]
    rest[demo, look, juror] += looks.severity[there]
    rest[demo, look, places.jurors + juror] += looks.consistency[there]
    rest[..., places.thresholds] += looks.thresholds
    rest[..., places.order] += looks.order
    own = -rest / looks.pivot[..., None]
    own[demo, look, juror] -= 1
    own[..., places.order] += block.moment
    return rest, own


def _roots(rows: Floats, solved: Solved) -> Floats:
    """Times a root of the shared covariance, so that squares are variances."""
    flat = rows.reshape(-1, rows.shape[-1])
    return solve_triangular(solved.factor, flat.T, lower=True).T.reshape(rows.shape)


def _apart(layout: Layout, solved: Solved) -> Floats:  # [M]
    pairs = layout.pairs
    if not pairs.juror.size:
        return np.zeros(0)
    covariance = solved.quality_covariance
    own = np.diagonal(covariance)
    variance = own[pairs.left] + own[pairs.right] - 2 * covariance[pairs.left, pairs.right]
    return np.sqrt(np.maximum(variance, 0))
