"""Evaluation examples: held-out pictures, on which a model is scored while it trains."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from jaxtyping import UInt8

from training.errors import UnusableDataset
from training.pairs.index import PAIRS, PICTURES, Row, open_pairs
from training.pairs.streaming import decoded

HELD_OUT = "validation"


@dataclass(frozen=True)
class Captioned:
    """A held-out picture, and what is said of it."""

    image: UInt8[np.ndarray, "H W 3"]
    caption: str


@dataclass(frozen=True)
class Example:
    """A held-out picture, its control map, of one size, and what is said of it."""

    image: UInt8[np.ndarray, "H W 3"]
    map: UInt8[np.ndarray, "H W 3"]
    caption: str


def examples_of(data: str, *, count: int, size: int) -> list[Example]:
    """The first `count` pairs that no step sees. Raises UnusableDataset where there are none."""
    found = []
    for row in islice(_held_out(data, PAIRS), count) if count else ():
        assert row.conditioning is not None, "it was asked for"
        image, drawn = decoded(row.image, size, "the picture"), row.conditioning
        found.append(Example(image, decoded(drawn, size, "the map"), row.text))
    return found


def captioned_of(data: str, *, count: int, size: int) -> list[Captioned]:
    """The same without their maps, whether there are some or not."""
    rows = islice(_held_out(data, PICTURES), count) if count else ()
    return [Captioned(decoded(row.image, size, "the picture"), row.text) for row in rows]


def _held_out(data: str, pictures: tuple[str, ...]) -> Iterator[Row]:
    try:
        index = open_pairs(data, split=HELD_OUT, pictures=pictures)
    except UnusableDataset as error:
        raise UnusableDataset(f"{error}, or train without a score: evaluate_count = 0") from error
    for group in range(len(index.groups)):
        yield from index.read(group)
