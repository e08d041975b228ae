"""A wish as an integer program: a column for each look that is open, rows for the rules.

`P` denotes open looks, `D` demos, `J` jurors (and after them, in the graph, those who have gone).
Looks that are settled (done, or at an anchor) are no columns: they are counted on the right side.
Without the rows for connectedness it is a flow, whose linear program has whole numbers at once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from gallery.judging.assignment.wish import Demo, Juror, Look, Wish

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """`low <= matrix @ x <= high`."""

    matrix: sparse.csr_array
    low: Floats
    high: Floats

    @classmethod
    def at_least(cls, matrix: sparse.csr_array, low: Floats) -> "Rows":
        return cls(matrix, low, np.full(low.size, np.inf))

    @classmethod
    def at_most(cls, matrix: sparse.csr_array, high: Floats) -> "Rows":
        return cls(matrix, np.full(high.size, -np.inf), high)

    def widened(self, columns: int) -> "Rows":
        """The same with more columns, which do not matter to it."""
        more = columns - self.matrix.shape[-1]  # pyright: ignore[reportOptionalSubscript]
        if not more:
            return self
        nothing = sparse.csr_array((self.low.size, more))
        return replace(self, matrix=sparse.csr_array(sparse.hstack([self.matrix, nothing])))


@dataclass(frozen=True)
class Found:
    """The best choice among those allowed, or as good a one as the time was enough for."""

    chosen: NDArray[np.bool_]  # [P]
    proven: bool
    others: Ints
    """Columns beside the looks: what rules were stretched by."""


class OutOfTime(Exception):
    """The time was up before any answer was found."""


Solve = Callable[[list[Rows]], Found | None]
"""The best choice with more rows."""
Left = Callable[[], float]
"""Seconds that are left."""


class Program:
    """The columns and the counts of a wish."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.demos: list[Demo] = sorted(wish.demos, key=lambda demo: demo.id)
        self.jurors: list[Juror] = sorted(wish.jurors, key=lambda juror: juror.id)
        self.demo_at = {demo.id: at for at, demo in enumerate(self.demos)}
        self.juror_at = {juror.id: at for at, juror in enumerate(self.jurors)}
        done = {look for look in wish.done - wish.conflicts if look[0] in self.demo_at}
        may = [
            look
            for demo in self.demos
            for juror in self.jurors
            if (look := (demo.id, juror.id)) not in wish.conflicts and look not in done
        ]
        self.forced: list[Look] = [look for look in may if look[0] in wish.anchors]
        """Looks at anchors that are not done."""
        self.open: list[Look] = [look for look in may if look[0] not in wish.anchors]
        self.settled: list[Look] = sorted(done) + self.forced
        self.demo = np.array([self.demo_at[demo] for demo, _ in self.open], np.int64)  # [P]
        self.juror = np.array([self.juror_at[juror] for _, juror in self.open], np.int64)  # [P]
        self.kept = np.array([look in wish.kept for look in self.open], bool)  # [P]

    @cached_property
    def need(self) -> Ints:
        """Open looks that each demo lacks. [D]"""
        at = [self.demo_at[demo] for demo, _ in self.settled]
        settled = np.bincount(np.array(at, np.int64), minlength=len(self.demos))
        return np.maximum(0, self.wish.looks - settled)

    @cached_property
    def floor(self) -> Ints:
        """Looks that each juror has in any case: made, also where set aside, or forced. [J]"""
        looks = self.wish.done | set(self.forced)
        at = [self.juror_at[juror] for _, juror in looks if juror in self.juror_at]
        return np.bincount(np.array(at, np.int64), minlength=len(self.jurors))

    @cached_property
    def most(self) -> Ints:
        """Looks that each juror would have who looks at all that they may. [J]"""
        return self.floor + np.bincount(self.juror, minlength=len(self.jurors))

    @cached_property
    def room(self) -> Ints:
        """Looks that each juror takes on at most; what is done was taken on. [J]"""
        made = np.bincount(
            [self.juror_at[juror] for _, juror in self.wish.done if juror in self.juror_at],
            minlength=len(self.jurors),
        )
        limits = [np.inf if each.capacity is None else each.capacity for each in self.jurors]
        return np.minimum(self.most, np.maximum(made, limits)).astype(np.int64)

    @cached_property
    def ceiling(self) -> Ints:
        """Looks that each juror has at most. [J]"""
        return np.maximum(self.floor, self.room)

    @cached_property
    def shares(self) -> Ints:
        return np.array([juror.share for juror in self.jurors], np.int64)  # [J]

    @cached_property
    def by_demo(self) -> sparse.csr_array:
        return self._sums(self.demo, len(self.demos))  # [D P]

    @cached_property
    def by_juror(self) -> sparse.csr_array:
        return self._sums(self.juror, len(self.jurors))  # [J P]

    @property
    def enough(self) -> Rows:
        """Enough looks at each demo."""
        return Rows.at_least(self.by_demo, self.need.astype(float))

    def loads(self, low: Ints, high: Ints) -> Rows:
        """Each juror's looks, those that are settled included, between two bounds."""
        low, high = low - self.floor, high - self.floor
        return Rows(self.by_juror, low.astype(float), high.astype(float))

    def best(
        self,
        costs: Floats,
        rows: Iterable[Rows],
        *,
        seconds: float,
        upper: Floats | None = None,
    ) -> Found | None:
        """The cheapest choice of open looks; None when there is none. Raises OutOfTime.

        `costs` and `upper` may have more columns than there are looks, whole numbers from 0.
        """
        rows = [each.widened(costs.size) for each in rows if each.low.size]
        if not costs.size:
            fits = all((each.low <= 0).all() and (each.high >= 0).all() for each in rows)
            return Found(np.zeros(0, bool), True, np.zeros(0, np.int64)) if fits else None
        if seconds <= 0:
            raise OutOfTime
        result = milp(
            costs,
            integrality=np.ones(costs.size),
            bounds=_bounds(np.ones(costs.size) if upper is None else upper),
            constraints=[_constraint(each) for each in rows],
            options={"time_limit": seconds, "mip_rel_gap": 0.0},
        )
        if result.status == 2:
            return None
        if result.x is None:
            raise OutOfTime
        values = np.round(result.x).astype(np.int64)
        looks = len(self.open)
        return Found(values[:looks] > 0, result.status == 0, values[looks:])

    def _sums(self, group: Ints, count: int) -> sparse.csr_array:
        ones = np.ones(group.size)
        return sparse.csr_array((ones, (group, np.arange(group.size))), (count, group.size))


def _bounds(upper: Floats) -> Bounds:
    return Bounds(np.zeros(upper.size), upper)  # pyright: ignore[reportArgumentType]


def _constraint(rows: Rows) -> LinearConstraint:
    return LinearConstraint(rows.matrix, rows.low, rows.high)  # pyright: ignore[reportArgumentType]
