"""How all that an answer depends on is uncertain together: covariances at a peak."""

import numpy as np

from gallery.judging.ranking.doubt import shared_part
from gallery.judging.ranking.equations import Blur, Looks, Together
from gallery.judging.ranking.layout import Block, Floats, Ints, Layout
from gallery.judging.ranking.model import Places
from gallery.judging.ranking.solving import Solved


def together_of(layout: Layout, solved: Solved, blur: Blur) -> Together:
    """`blur` is the one at the same peak."""
    looks = zip(layout.blocks, solved.system.looks, blur.looks, strict=True)
    return Together(
        tuple(_of_looks(layout, block, each, solved, level) for block, each, level in looks),
        _of_steps(layout, solved),
        _of_pairs(layout, solved, blur.pairs),
    )


def _of_looks(
    layout: Layout, block: Block, looks: Looks, solved: Solved, level: Floats
) -> Floats:  # [3, 3, b, n, C]
    places, shared = solved.system.places, solved.shared_covariance
    own = shared_part(block, looks, solved)[1] @ shared  # [b, n, G]
    quality = solved.answer[block.demos] @ shared  # [b, C, G]
    demo, look, criterion = np.ogrid[tuple(map(slice, block.step.shape))]
    juror = np.where(block.juror < block.jurors, block.juror, 0)[..., None]
    log = np.broadcast_to(places.jurors + juror, block.step.shape)
    lower, upper = _cuts(layout, places, block.step)
    of_log, of_lower, of_upper = (
        own[demo, look, at] - quality[demo, criterion, at] for at in (log, lower, upper)
    )
    found = _of_cuts(shared, lower, upper)
    found[0, 0] += level**2 - of_lower - of_upper
    found[0, 2] += of_upper - of_lower
    found[0, 1] = of_log - (shared[log, lower] + shared[log, upper]) / 2
    found[1, 1] = shared[log, log]
    found[1, 2] = shared[log, upper] - shared[log, lower]
    found[1, 0], found[2, 0], found[2, 1] = found[0, 1], found[0, 2], found[1, 2]
    return found


def _of_steps(layout: Layout, solved: Solved) -> Floats:  # [3, 3, K, C]
    places = solved.system.places
    step = np.broadcast_to(np.arange(places.cuts + 1)[:, None], (places.cuts + 1, places.criteria))
    found = _of_cuts(solved.shared_covariance, *_cuts(layout, places, step))
    found[2, 0] = found[0, 2]
    return found


def _of_cuts(shared: Floats, lower: Ints, upper: Ints) -> Floats:  # [3, 3, ...]
    """Where the level and the juror are certain; half of what is symmetric."""
    one, other, both = shared[lower, lower], shared[upper, upper], shared[lower, upper]
    found = np.zeros((3, 3, *lower.shape))
    found[0, 0] = (one + other + 2 * both) / 4
    found[0, 2] = (one - other) / 2
    found[2, 2] = one + other - 2 * both
    return found


def _cuts(layout: Layout, places: Places, step: Ints) -> tuple[Ints, Ints]:
    """The cuts below and above a step among what is shared; the same where there is only one."""
    first = places.thresholds.start + np.arange(places.criteria) * places.cuts
    last = layout.steps - 2
    return first + np.clip(step - 1, 0, last), first + np.clip(step, 0, last)


def _of_pairs(layout: Layout, solved: Solved, apart: Floats) -> Floats:  # [4, 4, M]
    places, pairs = solved.system.places, layout.pairs
    quality = layout.share @ solved.answer
    rows = np.zeros((4, len(apart), places.count))
    rows[0] = quality[pairs.right] - quality[pairs.left]
    rows[1, np.arange(len(apart)), places.jurors + pairs.juror] = 1
    rows[1, :, places.sharper] = rows[2, :, places.side] = rows[3, :, places.equal] = 1
    found = np.einsum("img,jmg->ijm", rows @ solved.shared_covariance, rows)
    found[0, 0] = apart**2
    return found
