"""Whether jurors and demos hang together, and the rows of an integer program that make them.

Where they fall apart, nobody's severity on one side can be told from the quality on the other. For
any division of the nodes into `p` parts, at least `p - 1` looks lead from one part into another.
Neither the look of a juror who has one at most counts in this, nor that juror: nothing is joined by
it. Of others who may have none only their looks count. There are too many divisions for rows of
them all: they are added for what an answer left apart.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from gallery.judging.assignment.program import Ints, Program, Rows


class Cuts:
    """The rows so far, for loads that are between `low` and `high` [J]."""

    def __init__(self, program: Program, low: Ints, high: Ints) -> None:
        demos, jurors = len(program.demos), len(program.jurors)
        self._program = program
        self._settled = parts(program, np.zeros(len(program.open), bool))
        joined = _joined(program, self._settled)
        joins = joined | (high > program.floor + 1)
        gone = self._settled.size - demos - jurors
        self._counts = np.concatenate(
            [np.ones(demos, bool), joined | (joins & (low > program.floor)), np.ones(gone, bool)]
        )
        self._joins = joins[program.juror]  # [P]
        self.rows: list[Rows] = []
        self._add([self._settled])

    def cut(self, chosen: NDArray[np.bool_]) -> bool:
        """Adds the rows that this choice breaks; False where all demos hang together already."""
        part = parts(self._program, chosen)
        apart = np.unique(part[: len(self._program.demos)])
        if apart.size < 2:
            return False
        alone = self._settled + part.size
        inside = [part == each for each in apart]
        self._add([part, *inside, *(np.where(each, 0, alone) for each in inside)])
        return True

    def _add(self, divisions: list[NDArray]) -> None:
        """Each names the part of every node."""
        demos = len(self._program.demos)
        leading = [
            self._joins & (division[self._program.demo] != division[demos + self._program.juror])
            for division in divisions
        ]
        fewest = [np.unique(division[self._counts]).size - 1.0 for division in divisions]
        matrix = sparse.csr_array(np.array(leading, float).reshape(len(divisions), -1))
        self.rows.append(Rows.at_least(matrix, np.array(fewest)))


def parts(program: Program, chosen: NDArray[np.bool_]) -> Ints:
    """The part of each node: demos first, then jurors, then those who have gone. [D + J + …]"""
    graph = graph_of(program, chosen)
    return csgraph.connected_components(graph, directed=False)[1].astype(np.int64)


def graph_of(program: Program, chosen: NDArray[np.bool_], *, weight: float = 1) -> sparse.coo_array:
    """An edge for each look from the demo to the juror: 1 if it is settled, `weight` if open."""
    demos = len(program.demos)
    known = dict(program.juror_at)
    for _, juror in program.settled:
        known.setdefault(juror, len(known))
    left = np.array([program.demo_at[demo] for demo, _ in program.settled], np.int64)
    right = np.array([known[juror] for _, juror in program.settled], np.int64)
    rows = np.concatenate([left, program.demo[chosen]])
    columns = demos + np.concatenate([right, program.juror[chosen]])
    weights = np.concatenate([np.ones(left.size), np.full(rows.size - left.size, weight)])
    nodes = demos + len(known)
    return sparse.coo_array((weights, (rows, columns)), (nodes, nodes))


def fewest_joints(program: Program, low: Ints) -> Ints:
    """How many looks it takes at least to join what settled looks have not. [T]

    `low` [T J] are the fewest looks of each juror.
    """
    part = parts(program, np.zeros(len(program.open), bool))
    alone = (low > program.floor) & ~_joined(program, part)
    return np.unique(part[: len(program.demos)]).size - 1 + alone.sum(axis=1)


def _joined(program: Program, part: Ints) -> NDArray[np.bool_]:
    """Jurors who are in a part with a demo. [J]"""
    demos, jurors = len(program.demos), len(program.jurors)
    return np.isin(part[demos : demos + jurors], part[:demos])
