"""fill50k, drawn: circles on even ground, their outlines as maps, their colours as captions.

The data set that ControlNet is tried with (Zhang et al. 2023, its tutorial): a circle of random
place, size and colour on a ground of another colour; the map is its white outline on black, and the
caption names both colours by their CSS names: "pale goldenrod circle with old lace background".
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from PIL import ImageColor

from training.pairs.sources.source import Missing, Sample, Source, spans

COUNT = 50_000
LICENSE = "apache-2.0"
WORDS = (
    "alice antique aqua aquamarine azure beige bisque black blanched almond blue blush brick brown "
    "burly cadet chartreuse chiffon chocolate coral corn cornflower cream crimson cyan dark deep "
    "dim dodger drab fire floral flower forest fuchsia gainsboro ghost gold golden goldenrod gray "
    "green honeydew hot indian indigo ivory khaki lace lavender lawn lemon light lime linen "
    "magenta maroon medium midnight mint misty moccasin navajo navy old olive orange orchid pale "
    "papaya peach peru pink plum powder puff purple rebecca red rod rose rosy royal saddle salmon "
    "sandy sea seashell shell sienna silk silver sky slate smoke snow spring steel tan teal "
    "thistle tomato turquoise violet wheat whip white wood yellow"
)
_KNOWN = sorted(WORDS.split(), key=len, reverse=True)


def _named() -> Mapping[str, tuple[int, int, int]]:
    """CSS colours by their names in words; of two names for one colour, the first."""
    found: dict[tuple[int, int, int], str] = {}
    # Asked of Pillow one by one: it keeps what it has parsed in the table itself.
    for name in sorted(ImageColor.colormap):
        if "grey" not in name:
            red, green, blue = ImageColor.getrgb(name)[:3]
            found.setdefault((red, green, blue), _spaced(name))
    return MappingProxyType({name: colour for colour, name in found.items()})


def _spaced(name: str) -> str:
    """`palegoldenrod` in its words, the longest first."""
    if not name:
        return ""
    for word in _KNOWN:
        if name.startswith(word):
            rest = _spaced(name[len(word) :])
            if rest or name == word:
                return f"{word} {rest}".strip()
    return ""


COLOURS = _named()
_NAMES = tuple(COLOURS)


@dataclass(frozen=True)
class CirclesPart:
    """The pairs `start` to `stop`, each a function of `seed` and its number."""

    start: int
    stop: int
    size: int
    seed: int

    @property
    def rows(self) -> int:
        return self.stop - self.start

    def read(self, skip: int) -> Iterator[Sample | Missing]:
        for number in range(self.start + skip, self.stop):
            yield circle(number, size=self.size, seed=self.seed)


def open_circles(*, rows: int, size: int, seed: int, limit: int | None = None) -> Source:
    """`limit` pairs (50,000 without) of `size` pixels a side, `rows` a part."""
    count = COUNT if limit is None else limit
    return Source(
        title="fill50k, drawn anew",
        parts=tuple(CirclesPart(*span, size, seed) for span in spans(count, rows)),
        columns=(),
        has_maps=True,
        fingerprint=hashlib.blake2b(f"{count} {size} {seed}".encode()).hexdigest()[:32],
        license=LICENSE,
    )


def circle(number: int, *, size: int, seed: int) -> Sample:
    """Pair `number`: the circle lies within the picture whole, its radius 4 to 40 % of a side."""
    rng = np.random.default_rng([seed, number])
    inner, outer = (_NAMES[i] for i in rng.choice(len(_NAMES), size=2, replace=False))
    radius = int(rng.integers(round(0.04 * size), round(0.4 * size) + 1))
    centre = tuple(int(place) for place in rng.integers(radius, size - radius, size=2))
    picture = np.full((size, size, 3), COLOURS[outer], np.uint8)
    cv2.circle(picture, centre, radius, COLOURS[inner], thickness=cv2.FILLED, lineType=cv2.LINE_AA)
    outline = np.zeros((size, size, 3), np.uint8)
    thickness = max(1, round(size / 256))
    cv2.circle(outline, centre, radius, (255, 255, 255), thickness, lineType=cv2.LINE_AA)
    return Sample(
        key=str(number),
        image=_png(picture),
        text=f"{inner} circle with {outer} background",
        conditioning=_png(outline),
    )


def _png(picture: np.ndarray) -> bytes:
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    assert done
    return data.tobytes()
