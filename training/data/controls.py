"""Control maps for training, by name: made from a picture and its edges.

    canny      edges; half of them as a person would draw them: thick, shaky, broken, incomplete
    scribble   thick strokes along outlines, as a finger draws them
    palette    8×8 mean colours, some of them missing

`inference.controls.annotators` makes the same maps for visitors, without the accidents. All lengths
are in 128ths of the picture's side, so that what is meant does not depend on its size.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from skimage.morphology import skeletonize

from inference.controls.palette import coarse, enlarge, palette
from inference.controls.scribble import scribble as outlines
from training.errors import UnknownControl

COLOURED = frozenset({"palette"})
"""Maps that say which colours; the others are lines, and the same for every recoloured copy."""
ROUGH = 0.5
"""The share of canny maps that are roughened."""

Draw = Callable[
    [UInt8[np.ndarray, "H W 3"], UInt8[np.ndarray, "H W"], np.random.Generator],
    UInt8[np.ndarray, "H W 3"],
]


def control(
    name: str,
    picture: UInt8[np.ndarray, "H W 3"],
    edges: UInt8[np.ndarray, "H W"],
    rng: np.random.Generator,
) -> UInt8[np.ndarray, "H W 3"]:
    """A control map for a picture with these canny edges, with accidents drawn from `rng`.

    Raises UnknownControl.
    """
    return CONTROLS[require_control(name)](picture, edges, rng)


def plain(
    name: str, picture: UInt8[np.ndarray, "H W 3"], edges: UInt8[np.ndarray, "H W"]
) -> UInt8[np.ndarray, "H W 3"]:
    """The same map without accidents, as a visitor's annotator makes it. Raises UnknownControl."""
    if require_control(name) == "palette":
        return palette(picture)
    return _three(outlines(edges) if name == "scribble" else edges)


def require_control(name: str) -> str:
    """The name, if there is such a control. Raises UnknownControl."""
    if name not in CONTROLS:
        raise UnknownControl(
            f"control must be one of {', '.join(CONTROLS)}, got {name!r}; choose one of them"
        )
    return name


def rough(edges: UInt8[np.ndarray, "H W"], rng: np.random.Generator) -> UInt8[np.ndarray, "H W"]:
    """The edges as somebody draws them: shaky and thick, in places broken or left out.

    Half of the time the two edges of a line are drawn as the one line that a pen makes.
    """
    unit = min(edges.shape) / 128.0
    lines = edges > 127
    if rng.random() < 0.5:
        lines = skeletonize(_distance(lines) <= 1.5 * unit)
    radius = unit * rng.uniform(0.5, 1.6) * np.exp(0.25 * _smooth_field(edges.shape, 6, rng))
    drawn = _shaken(_distance(lines), unit * rng.uniform(0.0, 2.5), rng) <= radius
    if rng.random() < 0.6:
        drawn &= _smooth_field(edges.shape, 24, rng) > rng.uniform(-2.2, -1.0)  # broken
    if rng.random() < 0.6:
        drawn &= _smooth_field(edges.shape, 4, rng) > rng.uniform(-1.8, -0.6)  # left out
    return drawn.astype(np.uint8) * np.uint8(255)


def _canny(
    _picture: UInt8[np.ndarray, "H W 3"],
    edges: UInt8[np.ndarray, "H W"],
    rng: np.random.Generator,
) -> UInt8[np.ndarray, "H W 3"]:
    return _three(rough(edges, rng) if rng.random() < ROUGH else edges)


def _scribble(
    _picture: UInt8[np.ndarray, "H W 3"],
    edges: UInt8[np.ndarray, "H W"],
    rng: np.random.Generator,
) -> UInt8[np.ndarray, "H W 3"]:
    """Outer contours, and in a third of them some of the longest lines inside."""
    unit = min(edges.shape) / 128.0
    width = rng.uniform(3.0, 6.0)
    strokes = outlines(
        edges, width=1.0, tolerance=rng.uniform(0.5, 2.5), shortest=rng.uniform(8.0, 40.0)
    )
    if rng.random() < 0.35:
        strokes = np.maximum(strokes, _longest_lines(edges, 30.0 * unit))
    moved = _shaken(_distance(strokes > 127), unit * rng.uniform(0.0, 3.0), rng)
    drawn = moved <= 0.5 * width * unit
    if rng.random() < 0.3:
        drawn &= _smooth_field(edges.shape, 5, rng) > rng.uniform(-1.9, -1.1)
    return _three(drawn.astype(np.uint8) * np.uint8(255))


def _palette(
    picture: UInt8[np.ndarray, "H W 3"],
    _edges: UInt8[np.ndarray, "H W"],
    rng: np.random.Generator,
) -> UInt8[np.ndarray, "H W 3"]:
    """Half of the palettes have white cells where nobody said which colour."""
    height, width = picture.shape[:2]
    return enlarge(coarse_colours(picture, rng), width=width, height=height)


def coarse_colours(
    picture: UInt8[np.ndarray, "H W 3"], rng: np.random.Generator
) -> UInt8[np.ndarray, "8 8 3"]:
    """The cells of a palette, a little off, some of them missing."""
    cells = coarse(picture).astype(np.float32) + rng.normal(0.0, 4.0, (8, 8, 3))
    if rng.random() < 0.5:
        cells[rng.random((8, 8)) < rng.uniform(0.0, 0.5)] = 255.0
    return np.clip(np.rint(cells), 0, 255).astype(np.uint8)


CONTROLS: Mapping[str, Draw] = MappingProxyType(
    {"canny": _canny, "scribble": _scribble, "palette": _palette}
)


def _distance(lines: np.ndarray) -> Float[np.ndarray, "H W"]:
    """Pixels from each place to the nearest line; far from everything where there is none."""
    if not lines.any():
        return np.full(lines.shape, 1e6, np.float32)
    return cv2.distanceTransform((~lines).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def _smooth_field(
    shape: tuple[int, ...], cells: int, rng: np.random.Generator
) -> Float[np.ndarray, "H W"]:
    """Smooth noise of about unit variance, with bumps a `cells`-th of the picture wide."""
    coarse_noise = rng.normal(size=(cells, cells)).astype(np.float32)
    return 1.4 * cv2.resize(coarse_noise, shape[::-1], interpolation=cv2.INTER_CUBIC)


def _shaken(
    field: Float[np.ndarray, "H W"], amplitude: float, rng: np.random.Generator
) -> Float[np.ndarray, "H W"]:
    """The field with every place moved by about `amplitude` pixels, smoothly."""
    rows, columns = np.indices(field.shape, np.float32)
    return cv2.remap(
        field,
        columns + 0.7 * np.float32(amplitude) * _smooth_field(field.shape, 7, rng),
        rows + 0.7 * np.float32(amplitude) * _smooth_field(field.shape, 7, rng),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _longest_lines(edges: UInt8[np.ndarray, "H W"], least: float) -> UInt8[np.ndarray, "H W"]:
    """Connected edges of at least so many pixels."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((edges > 127).astype(np.uint8))
    kept = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] >= least]
    return np.isin(labels, kept).astype(np.uint8) * np.uint8(255)


def _three(lines: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W 3"]:
    return np.repeat(lines[..., None], 3, axis=-1)
