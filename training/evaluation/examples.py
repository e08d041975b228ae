"""Evaluation examples: held-out pairs, on which a ControlNet is scored while it trains."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from jaxtyping import UInt8

from training.errors import UnusableDataset
from training.pairs.index import Row, open_pairs
from training.pairs.streaming import decoded

HELD_OUT = "validation"


@dataclass(frozen=True)
class Example:
    """A held-out picture, its control map, of one size, and what is said of it."""

    image: UInt8[np.ndarray, "H W 3"]
    map: UInt8[np.ndarray, "H W 3"]
    caption: str


def examples_of(data: str, *, count: int, size: int) -> list[Example]:
    """The first `count` pairs that no step sees. Raises UnusableDataset where there are none."""
    if count == 0:
        return []
    try:
        index = open_pairs(data, split=HELD_OUT)
    except UnusableDataset as error:
        raise UnusableDataset(f"{error}, or train without a score: evaluate_count = 0") from error

    def rows() -> Iterator[Row]:
        for group in range(len(index.groups)):
            yield from index.read(group)

    return [
        Example(
            decoded(row.image, size, "the picture"),
            decoded(row.conditioning, size, "the map"),
            row.text,
        )
        for row in islice(rows(), count)
    ]
