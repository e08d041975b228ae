"""What a model is asked for when it is looked at: held-out objects, in colours and along edges."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from training.colours import HUE_WORDS
from training.contact_sheet import contact_sheet
from training.dataset import Dataset


@dataclass(frozen=True)
class Wish:
    """What a picture is to show: the word for its colour in the caption, and its edges."""

    colour: str
    caption: str
    edges: UInt8[np.ndarray, "H W"]


def held_out_wishes(data: Dataset, *, count: int) -> list[Wish]:
    """`count` objects spread over `data`, in the eight colours by turns, in their sets' styles.

    Each drawing is used once, whatever number of recoloured copies it has, and with the control
    map of its original: no map tells which colour will be asked for.
    """
    originals = [
        row for row, source in enumerate(data.sources) if data.sources.index(source) == row
    ]
    chosen = np.linspace(0, len(originals) - 1, min(count, len(originals))).astype(int)
    wishes = []
    for i, row in enumerate(originals[j] for j in chosen):
        colour = HUE_WORDS[i % len(HUE_WORDS)]
        article = "an" if colour == "orange" else "a"
        caption = f"{article} {colour} {data.names[row]}, {data.styles[row]} icon"
        wishes.append(Wish(colour=colour, caption=caption, edges=data.maps[row]))
    return wishes


def sheet(
    wishes: Sequence[Wish], pictures: UInt8[np.ndarray, "N H W 3"], *, columns: int = 16
) -> UInt8[np.ndarray, "H2 W2 3"]:
    """Rows of pictures: what the edges were to be, and below it what was painted."""
    cells = [
        np.concatenate([np.repeat(255 - wish.edges[..., None], 3, axis=-1), picture])
        for wish, picture in zip(wishes, pictures, strict=True)
    ]
    return contact_sheet(cells, columns=columns)
