"""What scores add to Newton's equations."""

import numpy as np

from gallery.judging.ranking.equations import Looks, System, add_cuts, add_twice, padded_thresholds
from gallery.judging.ranking.layout import Block, Floats, Layout
from gallery.judging.ranking.likelihood import Answers, answers, with_expected_slopes
from gallery.judging.ranking.model import HELD, Spreads, State


def add_block(
    system: System,
    layout: Layout,
    block: Block,
    taste: Floats,
    blur: Floats,
    covariance: Floats | None,
    spreads: Spreads,
    state: State,
) -> None:
    places, shared = system.places, state.shared
    J, C, cuts = places.jurors, places.criteria, places.cuts
    b, n = block.juror.shape
    severity = np.append(shared[places.severity], 0.0)[block.juror]
    a = np.exp(np.append(shared[places.consistency], 0.0)[block.juror])[..., None]  # [b, n, 1]
    level = taste - severity + shared[places.order] * block.moment
    m = state.theta[block.demos][:, None, :] + level[..., None]  # [b, n, C]
    padded = padded_thresholds(layout, places, shared).ravel()
    cell = np.arange(C) * (cuts + 2) + block.step  # of the cut below
    lower, upper = padded[cell], padded[cell + 1]
    part = answers(m, a, lower, upper, seen=block.seen, blur=blur, observed=system.observed)
    if covariance is not None:
        part = with_expected_slopes(
            part, m, a, lower, upper, seen=block.seen, covariance=covariance
        )

    h = part.m_m
    m_cuts = _at_cuts(block, cuts, part.m_lower, part.m_upper)
    lean = max(spreads.taste, HELD) ** -2.0
    total = h.sum(-1)
    there = block.juror < J
    looks = Looks(
        pivot=np.where(there, total + lean, 1.0),
        gradient=part.m.sum(-1) - lean * taste,
        theta=h,
        severity=-total,
        consistency=part.m_log.sum(-1),
        thresholds=m_cuts.reshape(b, n, C * cuts),
        order=block.moment * total,
    )
    system.looks.append(looks)
    system.value += float(part.log.sum())
    system.value += 0.5 * float(np.log(lean) * there.sum() - lean * (taste**2).sum())
    system.blurred += float((h * blur**2).sum())

    # Taste takes its share of every product: of x y goes x_v y_v / pivot.
    keep = 1 - total / looks.pivot
    h_part = h / looks.pivot[..., None]
    half = looks.gradient / looks.pivot
    own = -np.matmul(h.transpose(0, 2, 1), h_part)
    own[:, range(C), range(C)] += h.sum(1)
    system.own[block.demos] += own
    system.gradient[block.demos] += (part.m - h * half[..., None]).sum(1)

    cross = np.zeros((b, C, J + 1, 2))
    lines = np.arange(b)[:, None]
    cross[lines, :, block.juror, 0] = -h * keep[..., None]
    cross[lines, :, block.juror, 1] = part.m_log - h_part * looks.consistency[..., None]
    to_cuts = -np.matmul(h_part.transpose(0, 2, 1), looks.thresholds).reshape(b, C, C, cuts)
    to_cuts[:, range(C), range(C)] += m_cuts.sum(1)
    system.cross[block.demos, :, :J] += cross[:, :, :J, 0]
    system.cross[block.demos, :, J : 2 * J] += cross[:, :, :J, 1]
    system.cross[block.demos, :, places.thresholds] += to_cuts.reshape(b, C, C * cuts)
    system.cross[block.demos, :, places.order] += (h * (block.moment * keep)[..., None]).sum(1)
    _add_shared(system, block, looks, part, keep)


def _at_cuts(block: Block, cuts: int, lower: Floats, upper: Floats) -> Floats:  # [b, n, C, K - 1]
    """Each score's two parts, put where its cuts are among its criterion's."""
    wide = np.zeros((lower.size, cuts + 2))
    rows, step = np.arange(lower.size), block.step.ravel()
    wide[rows, step] = lower.ravel()
    wide[rows, step + 1] = upper.ravel()
    return wide[:, 1:-1].reshape(*lower.shape, cuts)


def _add_shared(system: System, block: Block, looks: Looks, part: Answers, keep: Floats) -> None:
    """What the looks of one block say of jurors, thresholds and order."""
    places, shared, gradient = system.places, system.shared, system.shared_gradient
    J, size = places.jurors, places.criteria * places.cuts
    by, x, pivot = block.by_juror, block.moment, looks.pivot
    total, log, slope = -looks.severity, looks.consistency, part.m.sum(-1)
    half = looks.gradient / pivot
    flat = looks.thresholds.reshape(-1, size)
    at = places.thresholds

    sums = by @ np.stack(
        [
            total * keep,
            -log * keep,
            part.log_log.sum(-1) - log**2 / pivot,
            -x * total * keep,
            x * log * keep,
            -slope + total * half,
            part.log_a.sum(-1) - log * half,
        ],
        axis=-1,
    ).reshape(-1, 7)
    s, a = np.arange(J), np.arange(J, 2 * J)
    shared[s, s] += sums[:, 0]
    shared[a, a] += sums[:, 2]
    add_twice(shared, s, a, sums[:, 1])
    add_twice(shared, s, places.order, sums[:, 3])
    add_twice(shared, a, places.order, sums[:, 4])
    gradient[places.severity] += sums[:, 5]
    gradient[places.consistency] += sums[:, 6]
    by_cuts = by @ (-keep.reshape(-1, 1) * flat)
    shared[places.severity, at] += by_cuts
    shared[at, places.severity] += by_cuts.T
    log_cuts = _at_cuts(block, places.cuts, part.lower_log, part.upper_log).reshape(-1, size)
    by_cuts = by @ (log_cuts - (log / pivot).reshape(-1, 1) * flat)
    shared[places.consistency, at] += by_cuts
    shared[at, places.consistency] += by_cuts.T

    weight = (x * keep).reshape(-1) @ flat
    shared[at, places.order] += weight
    shared[places.order, at] += weight
    shared[places.order, places.order] += (x**2 * total * keep).sum()
    gradient[places.order] += (x * (slope - total * half)).sum()

    add_cuts(system, block.step, part)
    shared[at, at] -= flat.T @ (flat / pivot.reshape(-1, 1))
    gradient[at] -= half.reshape(-1) @ flat
