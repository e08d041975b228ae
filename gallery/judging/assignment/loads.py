"""Fair loads: everybody's is their share of one level, rounded down or up.

With equal shares these are loads within one of each other. Nobody gets fewer looks than they have
in any case, nor more than they can make; such jurors stand apart from the others' level.
`T` denotes levels, `J` jurors.
"""

from dataclasses import dataclass

import numpy as np

from gallery.judging.assignment.program import Ints


@dataclass(frozen=True)
class Levels:
    """All levels that differ, from low to high."""

    low: Ints  # [T J]
    high: Ints  # [T J]


def levels(shares: Ints, floor: Ints, ceiling: Ints) -> Levels:
    """Between two levels at which somebody's share is a whole number, nothing changes."""
    if not shares.size:
        return Levels(np.zeros((1, 0), np.int64), np.zeros((1, 0), np.int64))
    whole = [100 * np.arange(most + 2) / share for share, most in zip(shares, ceiling, strict=True)]
    steps = np.unique(np.concatenate(whole).round(9))
    middle = (steps[:-1] + steps[1:]) / 2
    down = np.floor(middle[:, None] * shares / 100).astype(np.int64)
    low, high = (np.clip(each, floor, ceiling) for each in (down, down + 1))
    _, first = np.unique(np.hstack([low, high]), axis=0, return_index=True)
    order = np.sort(first)
    return Levels(low[order], high[order])


def are_fair(loads: Ints, shares: Ints, floor: Ints, ceiling: Ints) -> bool:
    """Whether there is a level for which they are."""
    every = levels(shares, floor, ceiling)
    return bool(((every.low <= loads) & (loads <= every.high)).all(axis=1).any())
