"""Thick strokes along the outlines of things: what a finger draws, from a picture's edges."""

import cv2
import numpy as np
from jaxtyping import UInt8

REACH = 2.0
"""Edges at most so far apart, in 128ths of the picture, are one outline."""
WIDTH = 4.0
"""A finger's stroke, in 128ths of the picture."""
SHORTEST = 16.0
"""Outlines of a shorter perimeter, in 128ths of the picture, are left out."""


def scribble(
    edges: UInt8[np.ndarray, "H W"],
    *,
    width: float = WIDTH,
    tolerance: float = 1.5,
    shortest: float = SHORTEST,
) -> UInt8[np.ndarray, "H W"]:
    """White strokes on black along the outer contours of what the edges (above 127) enclose.

    All lengths are in 128ths of the picture's shorter side: the strokes' `width`, how far they may
    leave the contour (`tolerance`, Douglas and Peucker 1973), the `shortest` perimeter that is
    drawn. Where no outline is that long, all of them are drawn.
    """
    unit = min(edges.shape) / 128.0
    reach = max(1, round(REACH * unit))
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    joined = cv2.dilate((edges > 127).astype(np.uint8), brush)
    contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    # Back to where the edges are: the dilation moved the contours outwards.
    shrunk = [_inwards(contour, joined, reach) for contour in contours]
    long = [c for c in shrunk if cv2.arcLength(c, closed=True) >= shortest * unit]
    strokes = np.zeros(edges.shape, np.uint8)
    for contour in long or shrunk:
        simple = cv2.approxPolyDP(contour, tolerance * unit, closed=True)
        cv2.polylines(strokes, [simple], isClosed=True, color=255, thickness=_pixels(width * unit))
    return strokes


def _inwards(contour: np.ndarray, shape: UInt8[np.ndarray, "H W"], reach: int) -> np.ndarray:
    """The contour of the same thing, filled and eroded; the contour itself where that is empty."""
    filled = np.zeros_like(shape)
    cv2.drawContours(filled, [contour], -1, 1, thickness=cv2.FILLED)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inner, _ = cv2.findContours(cv2.erode(filled, brush), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return max(inner, key=len) if inner else contour


def _pixels(width: float) -> int:
    return max(1, round(width))
