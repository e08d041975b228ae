"""Caption dropout: a picture in its whole caption, in parts of it, or in no words.

People leave words out and put them in another order, so training does too. What is left out at
random is also what guidance leaves out: the empty caption is needed for it (Ho and Salimans 2022).
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from jaxtyping import Int

from training.data import tokens
from training.data.dataset import Dataset
from training.data.names import with_article

WORDINGS = (
    "whole",
    "empty",
    "no style",
    "no colour",
    "style first",
    "name alone",
    "look",
    "look alone",
)
"""The axis `K` of token ids; of "a red apple, soft icon" that looks flat they are that, nothing,
"a red apple", "an apple, soft icon", "soft red apple", "apple", "a red apple, flat icon" and "an
apple, flat icon". Where the look is not known, nothing is said of it."""

COLOURLESS = frozenset({"empty", "no colour", "name alone", "look alone"})
"""The WORDINGS that do not say which colour."""

SPOKEN: Mapping[str, float] = MappingProxyType(
    {
        "whole": 0.3,
        "empty": 0.1,
        "no style": 0.1,
        "no colour": 0.35,
        "style first": 0.05,
        "name alone": 0.1,
    }
)
"""How pictures are spoken of where words are all there is. A look is not enough to tell whose
drawing of a thing is meant."""

BESIDE_MAPS: Mapping[str, float] = MappingProxyType(
    {
        "whole": 0.25,
        "empty": 0.1,
        "no style": 0.1,
        "no colour": 0.1,
        "style first": 0.05,
        "name alone": 0.05,
        "look": 0.25,
        "look alone": 0.1,
    }
)
"""How they are spoken of beside a map, which tells the object's shape."""


def wordings(caption: str, *, name: str, style: str, look: str = "") -> tuple[str, ...]:
    """All WORDINGS of a caption; a caption without a style has no other parts to leave out."""
    if not style:
        return (caption, "", *[caption] * (len(WORDINGS) - 2))
    looking = f", {look} icon" if look else ""
    phrase = caption.split(",")[0]
    bare = phrase.removeprefix("an ").removeprefix("a ")
    return (
        caption,
        "",
        phrase,
        f"{with_article(name)}, {style} icon",
        f"{style} {bare}",
        name,
        f"{phrase}{looking}",
        f"{with_article(name)}{looking}",
    )


def encode_wordings(tokenizer: Path, data: Dataset) -> Int[np.ndarray, "N K L"]:
    """The token ids of every row's wordings."""
    texts = [
        text
        for caption, name, style, look in zip(
            data.captions, data.names, data.styles, data.looks, strict=True
        )
        for text in wordings(caption, name=name, style=style, look=look)
    ]
    ids = tokens.encode(tokenizer, texts)
    return ids.reshape(len(data), len(WORDINGS), -1)


def draw_wordings(
    count: int, rng: np.random.Generator, shares: Mapping[str, float]
) -> Int[np.ndarray, " B"]:
    """Which wording to use, `count` times, each of the WORDINGS as often as its share says."""
    return rng.choice(len(WORDINGS), size=count, p=[shares.get(w, 0.0) for w in WORDINGS])
