"""Solving until jurors and demos hang together."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gallery.judging.assignment.connected import Cuts
from gallery.judging.assignment.program import Found, Left, OutOfTime, Program, Rows, Solve


@dataclass(frozen=True)
class Goal:
    """What makes one choice better than another, and how one that falls apart is mended."""

    worth: Callable[[NDArray[np.bool_]], tuple[float, ...]]
    """The less the better."""
    mended: Callable[[NDArray[np.bool_]], NDArray[np.bool_] | None]
    """A choice near it that hangs together, with the same loads."""


def is_possible(program: Program, *, left: Left) -> bool:
    """Whether any choice keeps the rules; raises OutOfTime.

    Loads need no look: with everybody at what they can take they are fair, and more looks break no
    other rule.
    """
    if (program.floor > program.room).any():
        return False
    rows = [program.enough, program.loads(program.floor, program.ceiling)]
    as_many = -np.ones(len(program.open))

    def solve(cuts: list[Rows]) -> Found | None:
        return program.best(as_many, [*rows, *cuts], seconds=left())

    return joined(Cuts(program, program.floor, program.ceiling), solve) is not None


def joined(cuts: Cuts, solve: Solve, goal: Goal | None = None) -> Found | None:
    """The first answer of `solve` that hangs together; rows that it takes are added to the cuts.

    With a goal, an answer that falls apart is mended, and taken where it is as good by that. When
    the time is up, the best mended one is the answer; raises OutOfTime where there is none.
    """
    best: Found | None = None
    proven = True
    while True:
        try:
            found = solve(cuts.rows)
        except OutOfTime:
            if best is None:
                raise
            return replace(best, proven=False)
        if found is None:
            return None
        proven = proven and found.proven
        found = replace(found, proven=proven)
        if not cuts.cut(found.chosen):
            return found
        mended = None if goal is None else goal.mended(found.chosen)
        if goal is not None and mended is not None:
            if goal.worth(mended) <= goal.worth(found.chosen):
                return replace(found, chosen=mended)
            if best is None or goal.worth(mended) < goal.worth(best.chosen):
                best = replace(found, chosen=mended)
