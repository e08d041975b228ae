"""Scores and comparisons as arrays, gathered by demo.

`D` demos, `J` jurors, `C` criteria, `K` the most steps of a scale, `G` what all demos share;
`b` demos of one block, `n` looks at each of them at most, `M` comparisons.

Demos are put into blocks by how often they were looked at, to the next power of two: a demo that
everybody saw does not make the arrays of the others longer, and they stay linear in the scores.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gallery.judging.ranking.evidence import Comparison, Id, Outcome, Scale, Score

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

CELLS = 16_384
"""Scores of a block at most, so that its arrays stay in the processor's cache."""
STEP = {Outcome.RIGHT: 0, Outcome.EQUAL: 1, Outcome.LEFT: 2}


@dataclass(frozen=True)
class Block:
    """The looks at demos that were looked at about equally often."""

    demos: Ints  # [b]
    juror: Ints  # [b, n], J where there is no look
    moment: Floats  # [b, n], from -1/2, the juror's first look, to 1/2, the last
    step: Ints  # [b, n, C], from 0
    seen: Floats  # [b, n, C], 1 where there is a score, 0 elsewhere
    jurors: int

    @cached_property
    def by_juror(self) -> csr_array:  # [J, b n]
        """Sums over each juror's looks, by a product from the left."""
        flat = self.juror.ravel()
        places = np.flatnonzero(flat < self.jurors)
        ones = np.ones(places.size)
        return csr_array((ones, (flat[places], places)), shape=(self.jurors, flat.size))


@dataclass(frozen=True)
class Pairs:
    """The comparisons."""

    juror: Ints  # [M]
    left: Ints  # [M]
    right: Ints  # [M]
    step: Ints  # [M], 0 right, 1 equal, 2 left


@dataclass(frozen=True)
class Layout:
    """All that was said, as arrays; ids are places in `demos` and `jurors`."""

    demos: tuple[Id, ...]
    jurors: tuple[Id, ...]
    scales: tuple[Scale, ...]
    blocks: tuple[Block, ...]
    pairs: Pairs
    seen: Bools
    """[D, J], who scored what."""
    total: Floats
    """[D, C], sums of the scores' steps, from 0."""
    counts: Ints
    """[C, K], how often each step was given."""
    per_demo: Ints
    """[D, C], scores."""

    @property
    def share(self) -> Floats:
        """[C], summing to one; one criterion stands in where there is none."""
        shares = np.array([scale.share for scale in self.scales] or [1.0])
        return shares / shares.sum()

    @property
    def steps(self) -> Ints:
        """[C], the number of steps of each scale."""
        steps = [scale.highest - scale.lowest + 1 for scale in self.scales]
        return np.array(steps or [2], dtype=np.intp)

    @property
    def looks(self) -> int:
        return int(self.seen.sum())

    @property
    def scored(self) -> int:
        return int(self.per_demo.sum())

    def islands(self) -> Ints:
        """[D], numbers of groups of demos that no juror connects; lone demos have their own."""
        size, jurors = len(self.demos), len(self.jurors)
        demo, juror = np.nonzero(self.seen)
        heads = np.concatenate([demo, self.pairs.left])
        tails = np.concatenate([juror + size, self.pairs.right])
        graph = csr_array((np.ones(len(heads)), (heads, tails)), shape=(size + jurors,) * 2)
        return connected_components(graph, directed=False)[1][:size]


def lay_out(
    demos: Sequence[Id],
    jurors: Sequence[Id],
    scales: Sequence[Scale],
    scores: Sequence[Score],
    comparisons: Sequence[Comparison] = (),
) -> Layout:
    """Says ValueError for an unknown juror, demo or criterion, or a score that is not on its scale.

    Two scores of one juror for one demo and criterion are refused as well.
    """
    demo_at = {demo: place for place, demo in enumerate(demos)}
    juror_at = {juror: place for place, juror in enumerate(jurors)}
    scale_at = {scale.key: place for place, scale in enumerate(scales)}
    D, J, C = len(demos), len(jurors), max(len(scales), 1)
    try:
        demo = _places(demo_at, map(attrgetter("demo"), scores), len(scores))
        juror = _places(juror_at, map(attrgetter("juror"), scores), len(scores))
        criterion = _places(scale_at, map(attrgetter("criterion"), scores), len(scores))
        pairs = Pairs(
            _places(juror_at, (pair.juror for pair in comparisons), len(comparisons)),
            _places(demo_at, (pair.left for pair in comparisons), len(comparisons)),
            _places(demo_at, (pair.right for pair in comparisons), len(comparisons)),
            np.array([STEP[pair.outcome] for pair in comparisons], dtype=np.intp),
        )
    except KeyError as error:
        raise ValueError(
            f"scores and comparisons name jurors, demos and criteria of this jury, got {error}; "
            "leave it out"
        ) from error
    value = np.fromiter(map(attrgetter("value"), scores), np.intp, len(scores))
    position = np.fromiter(map(attrgetter("position"), scores), np.float64, len(scores))
    lowest = np.array([scale.lowest for scale in scales] or [0], dtype=np.intp)
    steps = np.array([scale.highest - scale.lowest + 1 for scale in scales] or [2], dtype=np.intp)
    step = value - lowest[criterion]
    outside = np.flatnonzero((step < 0) | (step >= steps[criterion]))
    if outside.size:
        raise ValueError(f"a score lies on its scale, got {scores[outside[0]]}; leave it out")
    cell = (demo * J + juror) * C + criterion
    given = np.zeros(D * J * C, dtype=np.bool_)
    given[cell] = True
    if np.count_nonzero(given) < cell.size:
        raise ValueError("a juror scores a criterion of a demo once, got two; keep the later")

    scored = demo * J + juror
    looked_at = np.zeros(D * J, dtype=np.bool_)
    looked_at[scored] = True
    look = np.flatnonzero(looked_at)
    at = (np.cumsum(looked_at) - 1)[scored]
    looked = np.zeros(len(look))
    looked[at] = position
    table = np.zeros((len(look), C), dtype=np.intp)
    table[at, criterion] = step
    there = np.zeros((len(look), C))
    there[at, criterion] = 1
    of_demo, of_juror = np.divmod(look, max(J, 1))
    last = np.zeros(J)
    np.maximum.at(last, of_juror, looked)
    moment = looked / np.maximum(last[of_juror], 1) - 0.5 * (last[of_juror] > 0)
    seen = np.zeros((D, J), dtype=np.bool_)
    seen[of_demo, of_juror] = True
    return Layout(
        tuple(demos),
        tuple(jurors),
        tuple(scales),
        tuple(_blocks(D, J, of_demo, of_juror, moment, table, there)),
        pairs,
        seen,
        total=np.bincount(demo * C + criterion, step, D * C).reshape(D, C).astype(float),
        counts=np.bincount(criterion * steps.max() + step, minlength=C * steps.max()).reshape(
            C, -1
        ),
        per_demo=np.bincount(demo * C + criterion, minlength=D * C).reshape(D, C),
    )


def _places(at: dict, names: Iterable[Id], count: int) -> Ints:
    return np.fromiter(map(at.__getitem__, names), np.intp, count)


def _blocks(
    D: int, J: int, demo: Ints, juror: Ints, moment: Floats, step: Ints, seen: Floats
) -> Iterable[Block]:
    """From looks in the order of their demos."""
    count = np.bincount(demo, minlength=D)
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    size = np.ceil(np.log2(np.maximum(count, 1))).astype(np.intp)
    for each in np.unique(size[count > 0]):
        demos = np.flatnonzero((size == each) & (count > 0))
        longest = int(count[demos].max())
        for part in np.array_split(demos, -(-demos.size * longest * step.shape[1] // CELLS)):
            places = np.arange(longest)
            there = places < count[part][:, None]  # [b, n]
            at = np.where(there, first[part][:, None] + places, 0)
            yield Block(
                part,
                np.where(there, juror[at], J),
                np.where(there, moment[at], 0.0),
                step[at],
                seen[at] * there[..., None],
                J,
            )
