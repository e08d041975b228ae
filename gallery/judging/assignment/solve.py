"""Who looks at what: enough looks a demo, fair loads, no conflicts, topics matched, all connected.

An assignment is the optimum of an integer program (HiGHS, by `scipy.optimize.milp`). First as few
changes as can be to what was assigned so far: each look that is new, and each that is no more, is
one, so who comes late gets looks that add to those of others. Where nothing was assigned so far,
these are as few looks as can be. Among those, as many looks as can be by jurors who know the demo's
topic. Then lots decide that are drawn from the ids: they mix the jurors well, and the same wish has
the same answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from gallery.errors import Unavailable
from gallery.judging.assignment.connected import Cuts, fewest_joints
from gallery.judging.assignment.impossible import Impossible, explain
from gallery.judging.assignment.joining import Goal, is_possible, joined
from gallery.judging.assignment.loads import Levels, levels
from gallery.judging.assignment.program import Floats, Found, Left, OutOfTime, Program, Rows
from gallery.judging.assignment.swaps import swapped
from gallery.judging.assignment.wish import Look, Wish, lot

LOTS = 16
"""Numbers that a look can draw."""


@dataclass(frozen=True)
class Assignment:
    """Who shall look at what, beside what is done."""

    looks: frozenset[Look]
    added: frozenset[Look]
    dropped: frozenset[Look]
    """What is new beside what was kept, and what of it is no more, be it that it cannot be."""
    matched: int
    """Looks, the done ones included, by somebody who knows one of the demo's topics."""
    proven: bool
    """Whether nothing is better; False where the time was up before that was sure."""


def assign(
    wish: Wish, *, seconds: float = 10, clock: Callable[[], float] = monotonic
) -> Assignment | Impossible:
    """The best assignment that keeps all rules, or which of them cannot hold and what would help.

    `seconds` bounds the search; raises Unavailable where it was too short for any answer.
    """
    end = clock() + seconds
    program = Program(wish)
    try:
        if not is_possible(program, left=lambda: end - clock()):
            return explain(wish, left=lambda: end - clock())
        return _told(program, _Search(program, lambda: end - clock()).best())
    except OutOfTime:
        raise Unavailable(
            f"an assignment should be found within {seconds:g} seconds, got none; "
            "try again while the machine has less to do, or allow more time"
        ) from None


class _Search:
    def __init__(self, program: Program, left: Left) -> None:
        self.program = program
        self.left = left
        self.levels = levels(program.shares, program.floor, program.ceiling)
        self.changes = np.where(program.kept, -1.0, 1.0)  # [P]; the kept ones come on top
        self.match = _matches(program)  # [P]
        lots = np.array([lot(look) % LOTS for look in program.open], float)
        self.wishes = lots - (1 + lots.sum()) * self.match
        """The cost of each look: one match is worth more than all lots together. [P]"""
        self._fewest = Goal(lambda chosen: self.worth(chosen)[:1], self.mended)
        self._most_matched = Goal(self.worth, self.mended)

    def best(self) -> Found:
        """Level by level, those first where fewest changes can be hoped for."""
        hopes = fewest_changes(self.program, self.levels)
        best: Found | None = None
        proven = True
        for level in np.argsort(hopes, kind="stable"):
            bound = np.inf if best is None else self.worth(best.chosen)[0]
            if hopes[level] > bound or hopes[level] == np.inf or self._is_all_matched(best):
                break
            try:
                found = self._at(int(level), bound)
            except OutOfTime:
                proven = False
                break
            if found is not None:
                proven = proven and found.proven
                best = found if best is None else self._better(best, found)
        if best is None:
            raise OutOfTime
        return replace(best, proven=proven)

    def worth(self, chosen: NDArray[np.bool_]) -> tuple[float, float]:
        """Changes, and matches: the less of the first, the more of the second the better."""
        changes = self.changes[chosen].sum() + self.program.kept.sum()
        return float(changes), -float(self.match[chosen].sum())

    def _is_all_matched(self, best: Found | None) -> bool:
        """Whether no choice with as few changes can have more matches: it has no more looks."""
        if best is None:
            return False
        changes, unmatched = self.worth(best.chosen)
        return -unmatched >= self.program.kept.sum() + changes

    def mended(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
        costs = self.changes * (1 + np.abs(self.wishes).sum()) + self.wishes
        return swapped(self.program, chosen, costs)

    def _at(self, level: int, bound: float) -> Found | None:
        """The best with the loads of one level, if it takes no more changes than `bound`."""
        low, high = self.levels.low[level], self.levels.high[level]
        program = self.program
        rules = [program.enough, program.loads(low, high), self._at_most(bound)]
        half = self.left() / 2
        fewest = self._solve(
            self.changes, rules, Cuts(program, low, high), lambda: self.left() - half, self._fewest
        )
        if fewest is None:
            return None
        rules[-1] = self._at_most(self.worth(fewest.chosen)[0])
        try:
            matched = self._solve(
                self.wishes, rules, Cuts(program, low, high), self.left, self._most_matched
            )
        except OutOfTime:
            matched = None
        if matched is None:
            return replace(fewest, proven=False)
        proven = fewest.proven and matched.proven
        return replace(self._better(fewest, matched), proven=proven)

    def _solve(
        self, costs: Floats, rules: list[Rows], cuts: Cuts, left: Left, goal: Goal
    ) -> Found | None:
        def solve(more: list[Rows]) -> Found | None:
            return self.program.best(costs, [*rules, *more], seconds=left())

        return joined(cuts, solve, goal)

    def _at_most(self, changes: float) -> Rows:
        most = changes - self.program.kept.sum()
        return Rows.at_most(sparse.csr_array(self.changes[None, :]), np.array([most]))

    def _better(self, one: Found, other: Found) -> Found:
        """The other if both are alike."""
        return one if self.worth(one.chosen) < self.worth(other.chosen) else other


def fewest_changes(program: Program, every: Levels) -> Floats:
    """What the changes cannot fall below, at each level; infinite where no load fits. [T]"""
    kept = program.by_demo @ program.kept, program.by_juror @ program.kept
    low, high = every.low - program.floor, every.high - program.floor  # [T J]
    joints = fewest_joints(program, every.low)  # [T]
    fewest = np.maximum(program.need.sum(), np.maximum(low.sum(axis=1), joints))  # [T]
    lacking = np.maximum(0, program.need - kept[0]).sum()
    added = np.maximum(lacking, np.maximum(0, low - kept[1]).sum(axis=1))
    added = np.maximum(added, fewest - program.kept.sum())
    removed = np.maximum(0, kept[1] - high).sum(axis=1)
    return np.where(high.sum(axis=1) < fewest, np.inf, added + removed)


def _matches(program: Program) -> NDArray[np.bool_]:
    """Whether the juror knows one of the demo's topics. [P]"""
    pairs = zip(program.demo, program.juror, strict=True)
    known = [bool(program.demos[at].topics & program.jurors[by].topics) for at, by in pairs]
    return np.array(known, bool)


def _told(program: Program, found: Found) -> Assignment:
    wish = program.wish
    chosen = (look for look, taken in zip(program.open, found.chosen, strict=True) if taken)
    looks = frozenset(chosen) | frozenset(program.forced)
    topics = {juror.id: juror.topics for juror in wish.jurors}
    known = {demo.id: demo.topics for demo in wish.demos}
    made = {*looks, *program.settled}
    return Assignment(
        looks=looks,
        added=looks - wish.kept,
        dropped=wish.kept - looks - frozenset(program.settled),
        matched=sum(bool(known[demo] & topics.get(juror, frozenset())) for demo, juror in made),
        proven=found.proven,
    )
