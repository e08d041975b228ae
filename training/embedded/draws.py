"""Batch sampler of training all networks: which drawings, in which words, with which maps.

Axes: `B` the step's samples, in the order of the segments: one after another those that see the
same ControlNets, last those that see words alone.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from jaxtyping import Bool, Int, UInt8

from training.data.captions import BESIDE_MAPS, COLOURLESS, SPOKEN, WORDINGS, draw_wordings
from training.data.choices import Choices, siblings
from training.data.dataset import Dataset, originals_of
from training.data.names import name_key
from training.data.styles import LOOKS
from training.errors import UnusableDataset
from training.evaluation.edges import edge_f1
from training.evaluation.trials import common_objects

Segments = Sequence[tuple[tuple[str, ...], float]]

SEGMENTS: Segments = (
    (("scribble",), 0.06),
    (("canny",), 0.14),
    (("canny", "palette"), 0.06),
    (("palette",), 0.04),
)
"""ControlNets that act together, and their share of a batch; the rest sees words alone."""

COMMON: Mapping[str, float] = MappingProxyType(
    {"whole": 0.25, "no colour": 0.6, "no style": 0.05, "style first": 0.03, "name alone": 0.07}
)
"""How common objects are spoken of where words are all there is. They are to be known by their
names: exactly, so that there is one picture that is meant, and mostly in their own colours."""

ALIKE = 0.75
"""The edge F1 from which on two drawings of an object have the same lines."""


@dataclass(frozen=True)
class Draw:
    """A step's pictures, their wordings, and the drawings (of G) whose lines are their maps."""

    rows: Int[np.ndarray, " B"]
    wordings: Int[np.ndarray, " B"]
    lines: Int[np.ndarray, " B"]


@dataclass(frozen=True)
class Drawings:
    """The drawings of a data set, without their copies: what to draw a step's rows from.

    `originals` is the first row of each of the `G` drawings, `copies` are all rows of it, by row.
    `alike` are the drawings of the same name with the same lines, mostly of another set, itself
    among them. `common` are the drawings of the objects that the most sets draw, by the sets whose
    styles people ask for.
    """

    originals: Int[np.ndarray, " G"]
    copies: Choices
    alike: Choices
    common: Int[np.ndarray, " _"]

    @classmethod
    def of(cls, data: Dataset, *, common: int) -> "Drawings":
        rows = originals_of(data)
        names = [name_key(data.names[row]) for row in rows]
        kin = defaultdict(list)
        for drawing, name in enumerate(names):
            kin[name].append(drawing)
        edges = data.maps[rows]
        often = {name_key(name) for name in common_objects(data, count=common)}
        asked_for = [
            drawing
            for drawing, (row, name) in enumerate(zip(rows, names, strict=True))
            if name in often and data.styles[row] in LOOKS
        ]
        if not asked_for:
            raise UnusableDataset(
                f"training together needs drawings of the styles {' and '.join(LOOKS)}, got "
                f"{', '.join(sorted(set(data.styles))) or 'none'}; draw the icons with "
                "python -m training.embedded.icons"
            )
        return cls(
            originals=np.asarray(rows),
            copies=siblings(data.sources),
            alike=Choices.of(
                [_alike(edges, drawing, kin[name]) for drawing, name in enumerate(names)]
            ),
            common=np.asarray(asked_for),
        )

    def draw(
        self,
        rng: np.random.Generator,
        *,
        controlled: int,
        coloured: tuple[int, int] = (0, 0),
        alone: int,
        common_share: float,
        kin_share: float,
    ) -> Draw:
        """`controlled` samples with maps, then `alone` ones without.

        Of the latter, `common_share` show common objects. Whoever says in no way which colour means
        the thing's own; of the others, and from sample to sample of `coloured`, which see palettes,
        any copy may be meant. Of the maps of lines, `kin_share` are of a drawing that is alike, so
        that words alone tell the style.
        """
        size = controlled + alone
        everywhere = rng.integers(len(self.originals), size=size)
        often = self.common[rng.integers(len(self.common), size=size)]
        often_here = rng.random(size) < common_share
        often_here[:controlled] = False
        drawings = np.where(often_here, often, everywhere)
        spoken = np.concatenate(
            [draw_wordings(controlled, rng, BESIDE_MAPS), draw_wordings(alone, rng, SPOKEN)]
        )
        wordings = np.where(often_here, draw_wordings(size, rng, COMMON), spoken)
        own: Bool[np.ndarray, " B"] = np.isin(
            wordings, [i for i, wording in enumerate(WORDINGS) if wording in COLOURLESS]
        )
        own[slice(*coloured)] = False
        originals = self.originals[drawings]
        return Draw(
            rows=np.where(own, originals, self.copies.draw(originals, rng)),
            wordings=wordings,
            lines=np.where(rng.random(size) < kin_share, self.alike.draw(drawings, rng), drawings),
        )


def counts(
    batch_size: int, controls: Sequence[str], segments: Segments = SEGMENTS
) -> list[tuple[tuple[str, ...], int]]:
    """How many samples of a batch see which of these ControlNets; those that see none come last.

    Raises UnusableDataset.
    """
    parts = [
        (together, max(1, round(share * batch_size)))
        for together, share in segments
        if set(together) <= set(controls)
    ]
    alone = batch_size - sum(count for _, count in parts)
    if alone < 1:
        raise UnusableDataset(
            f"there must be room for all ControlNets and for words alone, got {batch_size} samples "
            f"for {len(parts)} segments; take larger batches, such as the default"
        )
    return [*parts, ((), alone)]


def spans(parts: Sequence[tuple[tuple[str, ...], int]]) -> dict[str, tuple[int, int]]:
    """Where in a batch each ControlNet acts, from a sample to before another."""
    found: dict[str, tuple[int, int]] = {}
    start = 0
    for together, count in parts:
        for name in together:
            begun, end = found.get(name, (start, start))
            assert end == start, "segments that share a ControlNet lie beside each other"
            found[name] = (begun, start + count)
        start += count
    return found


def _alike(edges: UInt8[np.ndarray, "G H W"], drawing: int, kin: Sequence[int]) -> list[int]:
    return [k for k in kin if k == drawing or edge_f1(edges[drawing], edges[k]) >= ALIKE]
