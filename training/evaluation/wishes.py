"""Evaluation prompts: held-out objects, in colours and along edges."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from training.data.colours import HUE_WORDS, name_colours
from training.data.controls import COLOURED, plain
from training.data.dataset import Dataset, originals_of
from training.evaluation.contact_sheet import contact_sheet


@dataclass(frozen=True)
class Wish:
    """What a picture is to show: the word for its colour in the caption, and its edges.

    `control_map` is what a ControlNet is given; the edges themselves if it is None. `name` and
    `style` are the object's and the set's words.
    """

    colour: str
    caption: str
    edges: UInt8[np.ndarray, "H W"]
    control_map: UInt8[np.ndarray, "H W 3"] | None = None
    name: str = ""
    style: str = ""

    @property
    def map(self) -> UInt8[np.ndarray, "H W 3"]:
        lines = np.repeat(self.edges[..., None], 3, axis=-1)
        return lines if self.control_map is None else self.control_map


def wishes_for(data: Dataset, *, count: int, control: str = "canny") -> list[Wish]:
    """`count` objects spread over `data`, in the eight colours by turns, in their sets' styles.

    Each drawing is used once, whatever number of recoloured copies it has, and with the control
    map of its original: no map of lines tells which colour will be asked for. With a palette, the
    colour that it shows is asked for.
    """
    originals = originals_of(data)
    chosen = np.linspace(0, len(originals) - 1, min(count, len(originals))).astype(int)
    wishes = []
    for i, row in enumerate(originals[int(j)] for j in chosen):
        shown = name_colours(data.images[row]).dominant
        colour = shown if control in COLOURED else HUE_WORDS[i % len(HUE_WORDS)]
        wishes.append(
            Wish(
                colour=colour,
                caption=wanted(colour, data.names[row], data.styles[row]),
                edges=data.maps[row],
                control_map=plain(control, data.images[row], data.maps[row]),
                name=data.names[row],
                style=data.styles[row],
            )
        )
    return wishes


def wanted(colours: str, name: str, style: str) -> str:
    """What a person would type, in the words of the captions."""
    phrase = f"{'an' if colours[0] in 'aeiou' else 'a'} {colours} {name}"
    return f"{phrase}, {style} icon" if style else phrase


def sheet(
    wishes: Sequence[Wish], pictures: UInt8[np.ndarray, "N H W 3"], *, columns: int = 16
) -> UInt8[np.ndarray, "H2 W2 3"]:
    """Rows of pictures: what the edges were to be, and below it what was painted."""
    cells = [
        np.concatenate([_on_paper(wish), picture])
        for wish, picture in zip(wishes, pictures, strict=True)
    ]
    return contact_sheet(cells, columns=columns)


def _on_paper(wish: Wish) -> UInt8[np.ndarray, "H W 3"]:
    """Lines in black on white; a palette as it is."""
    lines = wish.control_map is None or np.ptp(wish.control_map, axis=-1).max() == 0
    return 255 - wish.map if lines else wish.map
