"""The captions of a data set as a text encoder reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from training import tokens


@dataclass(frozen=True)
class Captions:
    """Token ids of every row's caption, of its first half (without the style), and of no words."""

    full: Int[np.ndarray, "N L"]
    short: Int[np.ndarray, "N L"]
    empty: Int[np.ndarray, " L"]

    @classmethod
    def encode(cls, tokenizer: Path, captions: Sequence[str]) -> "Captions":
        short = [caption.split(",")[0] for caption in captions]
        return cls(
            full=tokens.encode(tokenizer, captions),
            short=tokens.encode(tokenizer, short),
            empty=tokens.encode(tokenizer, [""])[0],
        )

    def draw(
        self, rows: Int[np.ndarray, " B"], rng: np.random.Generator, *, empty: float, short: float
    ) -> Int[np.ndarray, "B L"]:
        """The captions of these rows, some without their style, some without any words.

        `empty` and `short` are the shares of each; empty captions are what classifier-free
        guidance needs (Ho and Salimans 2022).
        """
        ids = np.where((rng.random(len(rows)) < short)[:, None], self.short[rows], self.full[rows])
        return np.where((rng.random(len(rows)) < empty)[:, None], self.empty, ids)
