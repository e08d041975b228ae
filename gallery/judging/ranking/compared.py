"""What comparisons add to Newton's equations."""

from dataclasses import astuple

import numpy as np

from gallery.judging.ranking.equations import Blur, System, add_twice
from gallery.judging.ranking.expectation import expected
from gallery.judging.ranking.layout import Floats, Layout, Pairs
from gallery.judging.ranking.likelihood import cut
from gallery.judging.ranking.model import State


def add_pairs(system: System, layout: Layout, state: State, blur: Blur) -> None:
    """Comparisons: their two cuts stand `equal` above and below the difference of two demos.

    Each stands twice, with half its weight, at the difference of two qualities plus and minus blur.
    """
    places, shared = system.places, state.shared
    juror, left, right, step = (np.tile(each, 2) for each in astuple(layout.pairs))
    D, share = len(layout.demos), layout.share
    half = np.exp(shared[places.equal]) if (step == 1).any() else 0.0
    sharp = np.exp(shared[places.sharper] + shared[places.consistency][juror])
    quality = state.theta @ share
    z = sharp * (quality[left] - quality[right] + np.concatenate([blur.pairs, -blur.pairs]))
    upper = z + shared[places.side] + half  # above the cut between "right" and "equal"
    lower = z + shared[places.side] - half  # above the cut between "equal" and "left"
    ends = np.full(len(z), np.inf)
    part = cut(np.choose(step, [ends, upper, lower]), np.choose(step, [upper, lower, -ends]))
    system.value += 0.5 * float(part.log.sum())

    rows = np.arange(len(z))
    first, second = np.zeros((2, len(z), places.count))
    for lines, equal in ((first, np.array([0, half, -half])), (second, np.array([half, -half, 0]))):
        lines[rows, places.jurors + juror] = z
        lines[:, places.sharper] = z
        lines[:, places.side] = 1.0
        lines[:, places.equal] = equal[step]
    f1, f2, both = (0.5 * each[:, None] for each in (part.f1, part.f2, part.p1 * part.p2))
    apart = first - second
    system.shared += first.T @ (f1 * first) + second.T @ (f2 * second) + apart.T @ (both * apart)

    by_log = 0.5 * system.observed * part.slope
    at_juror = np.bincount(juror, by_log * z, places.jurors).astype(float)
    own, other = np.arange(places.jurors, 2 * places.jurors), places.sharper
    system.shared[own, own] -= at_juror
    add_twice(system.shared, own, other, -at_juror)
    system.shared[other, other] -= at_juror.sum()
    system.shared[places.equal, places.equal] -= (
        0.5
        * system.observed
        * float(part.p1 @ first[:, places.equal] - part.p2 @ second[:, places.equal])
    )

    crossed = sharp[:, None] * (f1 * first + f2 * second)
    crossed[rows, places.jurors + juror] -= sharp * by_log
    crossed[:, places.sharper] -= sharp * by_log
    by_demo = np.zeros((D, places.count))
    for ends, sign in ((left, 1.0), (right, -1.0)):
        np.add.at(by_demo, ends, sign * crossed)
    system.cross += share[:, None] * by_demo[:, None, :]
    _add_slopes(system, layout, state, blur)
    weight = 0.5 * sharp**2 * (part.f1 + part.f2)
    system.blurred += float(weight @ np.tile(blur.pairs, 2) ** 2)
    system.pairs = np.zeros((D, D))
    for row, column, sign in (
        (left, left, 1),
        (right, right, 1),
        (left, right, -1),
        (right, left, -1),
    ):
        np.add.at(system.pairs, (row, column), sign * weight)


def _add_slopes(system: System, layout: Layout, state: State, blur: Blur) -> None:
    """The gradient, expected over the difference of two qualities or over all that is uncertain."""
    places, shared, pairs, share = system.places, state.shared, layout.pairs, layout.share
    juror, quality = places.jurors + pairs.juror, state.theta @ share
    mean = np.zeros((4, len(juror)))
    mean[0] = quality[pairs.left] - quality[pairs.right]
    mean[1] = shared[juror] + shared[places.sharper]
    mean[2], mean[3] = shared[places.side], shared[places.equal]
    if blur.together is not None:
        slopes = expected(lambda at: _slopes(pairs, at), mean, blur.together.pairs)
    else:
        far = np.eye(4)[:, :1] * blur.pairs
        slopes = (_slopes(pairs, mean + far) + _slopes(pairs, mean - far)) / 2
    by_demo = np.zeros(len(layout.demos))
    for ends, sign in ((pairs.left, 1.0), (pairs.right, -1.0)):
        np.add.at(by_demo, ends, sign * slopes[0])
    system.gradient += by_demo[:, None] * share
    np.add.at(system.shared_gradient, juror, slopes[1])
    system.shared_gradient[[places.sharper, places.side, places.equal]] += slopes[1:].sum(1)


def _slopes(pairs: Pairs, at: Floats) -> Floats:  # [4, M]
    """By the difference of two qualities, the logarithm of sharpness, side, the one of `equal`."""
    sharp = np.exp(at[1])
    half = np.exp(at[3]) if (pairs.step == 1).any() else np.zeros(len(sharp))
    z, ends = sharp * at[0], np.full(len(sharp), np.inf)
    upper, lower = z + at[2] + half, z + at[2] - half
    part = cut(
        np.choose(pairs.step, [ends, upper, lower]), np.choose(pairs.step, [upper, lower, -ends])
    )
    equal = half * np.choose(pairs.step, [-part.p2, part.p1 + part.p2, -part.p1])
    return np.array([sharp * part.slope, z * part.slope, part.slope, equal])
