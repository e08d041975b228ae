"""Swaps that join what falls apart: two jurors, of two parts, each take over a look of the other.

No load changes, nor how often a demo is seen. If one of the looks was not needed to hold its part
together, both parts are one afterwards: what the other look held is held from the first part.
`E` denotes looks that are chosen, `F` those of them that their parts can spare.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from gallery.judging.assignment.connected import graph_of, parts
from gallery.judging.assignment.program import Floats, Program


def swapped(program: Program, chosen: NDArray[np.bool_], costs: Floats) -> NDArray[np.bool_] | None:
    """The choice after swaps that join all demos, each the cheapest; None where none does. [P]"""
    demos = len(program.demos)
    column = np.full((demos, len(program.jurors)), -1, np.int64)
    column[program.demo, program.juror] = np.arange(len(program.open))
    chosen = chosen.copy()
    while True:
        part = parts(program, chosen)
        if np.unique(part[:demos]).size < 2:
            return chosen
        taken = np.flatnonzero(chosen)  # [E]
        spare = taken[_is_spare(program, chosen)[taken]]  # [F]
        demo, juror = program.demo, program.juror
        one = column[demo[spare][:, None], juror[taken]]  # [F E]
        other = column[demo[taken], juror[spare][:, None]]  # [F E]
        apart = part[demo[spare]][:, None] != part[demo[taken]]
        price = np.where(
            apart & (one >= 0) & (other >= 0),
            costs[one] + costs[other] - costs[spare][:, None] - costs[taken],
            np.inf,
        )
        if not np.isfinite(price).any():
            return None
        first, second = np.unravel_index(np.argmin(price), price.shape)
        chosen[[spare[first], taken[second]]] = False
        chosen[[one[first, second], other[first, second]]] = True


def _is_spare(program: Program, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a look is outside a tree that holds each part, made of settled looks first. [P]"""
    demos = len(program.demos)
    tree = csgraph.minimum_spanning_tree(sparse.csr_array(graph_of(program, chosen, weight=2)))
    held = sparse.csr_array(tree)[program.demo, demos + program.juror]
    return chosen & (np.asarray(held) == 0)
