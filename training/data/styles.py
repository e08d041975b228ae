"""Style captions, by which any drawing may be called: what it looks like, whoever drew it.

A flat area has one colour, a shaded one changes from place to place. The icon sets' own words say
whose hand a drawing is in; this rule says of every drawing how it looks.
"""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

FLAT, SHADED = "flat", "shaded"
LOOKS = (FLAT, SHADED)

_FLAT_BELOW, _SHADED_FROM = 0.28, 0.48
_EDGE = 4.0
_LEAST_AREA = 0.003


def shading(picture: UInt8[np.ndarray, "H W 3"]) -> float | None:
    """How much colours change inside areas, away from edges, on average.

    The mean of `steepness`. None where there is no area to see it in: a drawing of lines alone, an
    empty page.
    """
    change = steepness(picture)
    drawn = cv2.erode((picture.min(axis=-1) < 250).astype(np.uint8), np.ones((5, 5)))
    edges = cv2.dilate((change > _EDGE).astype(np.uint8), np.ones((3, 3)))
    areas = (drawn > 0) & (edges == 0)
    return float(change[areas].mean()) if areas.mean() > _LEAST_AREA else None


def steepness(
    picture: UInt8[np.ndarray, "H W 3"], *, blur: float = 1.0
) -> Float[np.ndarray, "H W"]:
    """By how much colours change from one 128th of the picture's side to the next, in CIELAB units.

    Colours are blurred before, by a Gaussian of so many 128ths.
    """
    unit = min(picture.shape[:2]) / 128.0
    colours = cv2.cvtColor(picture.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    colours = cv2.GaussianBlur(colours, (0, 0), blur * unit)
    across, down = (np.abs(cv2.Sobel(colours, cv2.CV_32F, dx, 1 - dx)) for dx in (1, 0))
    return (across + down).max(axis=-1) / 8.0 * unit


def name_look(picture: UInt8[np.ndarray, "H W 3"]) -> str:
    """One of the LOOKS; nothing where people would not agree, or there is nothing to see it by."""
    found = shading(picture)
    if found is None or _FLAT_BELOW <= found < _SHADED_FROM:
        return ""
    return SHADED if found >= _SHADED_FROM else FLAT
