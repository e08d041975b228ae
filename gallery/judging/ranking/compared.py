"""What comparisons add to Newton's equations."""

from dataclasses import astuple

import numpy as np

from gallery.judging.ranking.equations import System, add_twice
from gallery.judging.ranking.layout import Floats, Layout
from gallery.judging.ranking.likelihood import cut
from gallery.judging.ranking.model import State


def add_pairs(system: System, layout: Layout, state: State, blur: Floats) -> None:
    """Comparisons: their two cuts stand `equal` above and below the difference of two demos.

    Each stands twice, with half its weight, at the difference of two qualities plus and minus blur.
    """
    places, shared = system.places, state.shared
    juror, left, right, step = (np.tile(each, 2) for each in astuple(layout.pairs))
    D, share = len(layout.demos), layout.share
    half = np.exp(shared[places.equal]) if (step == 1).any() else 0.0
    sharp = np.exp(shared[places.sharper] + shared[places.consistency][juror])
    quality = state.theta @ share
    z = sharp * (quality[left] - quality[right] + np.concatenate([blur, -blur]))
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
    system.shared_gradient += 0.5 * (part.p1 @ first - part.p2 @ second)

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
    by_demo, gradient = np.zeros((D, places.count)), np.zeros(D)
    for ends, sign in ((left, 1.0), (right, -1.0)):
        np.add.at(by_demo, ends, sign * crossed)
        np.add.at(gradient, ends, sign * 0.5 * sharp * part.slope)
    system.cross += share[:, None] * by_demo[:, None, :]
    system.gradient += gradient[:, None] * share
    weight = 0.5 * sharp**2 * (part.f1 + part.f2)
    system.blurred += float(weight @ np.tile(blur, 2) ** 2)
    system.pairs = np.zeros((D, D))
    for row, column, sign in (
        (left, left, 1),
        (right, right, 1),
        (left, right, -1),
        (right, left, -1),
    ):
        np.add.at(system.pairs, (row, column), sign * weight)
