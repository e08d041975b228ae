"""Data augmentation by choice: which recoloured copy, or which kin, stands for a drawing."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int


class Choices(NamedTuple):
    """For each of N things, what may be taken for it: the first `known` of K."""

    options: Int[np.ndarray, "N K"]
    known: Int[np.ndarray, " N"]

    @classmethod
    def of(cls, groups: Sequence[Sequence[int]]) -> "Choices":
        most = max(map(len, groups))
        return cls(
            options=np.asarray([[*group, *[0] * (most - len(group))] for group in groups]),
            known=np.asarray([len(group) for group in groups]),
        )

    def draw(self, which: Int[np.ndarray, " B"], rng: np.random.Generator) -> Int[np.ndarray, " B"]:
        """One for each of these things, all of its options alike."""
        return self.options[which, (rng.random(len(which)) * self.known[which]).astype(int)]


def siblings(sources: Sequence[str]) -> Choices:
    """For each row, the rows of the same drawing in whatever colours, itself among them."""
    groups = defaultdict(list)
    for row, source in enumerate(sources):
        groups[source].append(row)
    return Choices.of([groups[source] for source in sources])
