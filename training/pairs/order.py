"""Data order: which pair comes when, as a function of seed and position alone.

A file is read a row group at a time, so pairs are shuffled in two steps: in each epoch the groups
come in an order of its own, are cut into windows that fit in memory, and the rows of a window are
shuffled among each other. Every pair comes once in each epoch, and the next epoch follows at once,
also within a batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Int


@dataclass(frozen=True)
class Window:
    """Some row groups, and their rows shuffled: pair `i` is row `rows[i]` of group `groups[i]`."""

    groups: Int[np.ndarray, " N"]
    rows: Int[np.ndarray, " N"]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def members(self) -> list[int]:
        """The groups that are in it."""
        return [int(group) for group in np.unique(self.groups)]


class Order:
    """The order of data whose row group `i` has `counts[i]` rows, in `sizes[i]` bytes.

    A window has at most `most` bytes, or one group.
    """

    def __init__(
        self, counts: Sequence[int], sizes: Sequence[int], *, seed: int, most: int
    ) -> None:
        self._counts = np.asarray(counts)
        self._sizes = np.asarray(sizes)
        self._seed = seed
        self._most = most
        self.rows = int(self._counts.sum())
        self._cuts = lru_cache(maxsize=2)(self._cut)

    def windows(self, position: int) -> Iterator[tuple[Window, int]]:
        """From pair `position` on, without an end: each window, and where in it to begin."""
        epoch, offset = divmod(position, self.rows)
        while True:
            for number, groups in enumerate(self._cuts(epoch)):
                count = int(self._counts[groups].sum())
                if offset < count:
                    yield self._window(epoch, number, groups), offset
                offset = max(0, offset - count)
            epoch += 1

    def _cut(self, epoch: int) -> list[Int[np.ndarray, " G"]]:
        shuffled = np.random.default_rng([self._seed, epoch]).permutation(len(self._counts))
        cuts: list[list[int]] = []
        room = 0
        for group in shuffled:
            if not cuts or self._sizes[group] > room:
                cuts.append([])
                room = self._most
            cuts[-1].append(int(group))
            room -= self._sizes[group]
        return [np.asarray(cut) for cut in cuts]

    def _window(self, epoch: int, number: int, groups: Int[np.ndarray, " G"]) -> Window:
        counts = self._counts[groups]
        shuffled = np.random.default_rng([self._seed, epoch, number]).permutation(counts.sum())
        rows = np.concatenate([np.arange(count) for count in counts])
        return Window(np.repeat(groups, counts)[shuffled], rows[shuffled])
