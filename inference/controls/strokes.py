"""Drawn lines, thinned to the one-pixel contours that edge ControlNets know.

An edge detector answers a drawn line with two edges, one on each side of the pen. Who draws means
the line itself, so its centre is what goes into the control map; an area that is filled in keeps
its outline.
"""

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

FILLED = 0.11
"""From this part of the shorter side on, ink is an area, not a line."""
LEAST_INK, MOST_INK = 0.003, 0.3
"""So much of a line drawing's sheet is ink."""


def looks_drawn(image: UInt8[np.ndarray, "H W 3"]) -> bool:
    """Whether a picture is a line drawing: thin, nearly colourless ink on an even sheet."""
    small = cv2.resize(image, (256, 256), interpolation=cv2.INTER_AREA)
    ink = _ink(small)
    if not LEAST_INK < ink.mean() < MOST_INK:
        return False
    sheet = cv2.erode((~ink).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    if not sheet.any():
        return False
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    even = grey[sheet].std() < 12
    colourless = np.ptp(small.astype(np.int16), axis=2).mean() < 24
    thin_ink = _filled(ink).sum() < 0.2 * ink.sum()
    return bool(even and colourless and thin_ink)


def strokes(
    image: UInt8[np.ndarray, "H W 3"], *, width: int, height: int
) -> UInt8[np.ndarray, "h w 3"]:
    """White lines on black, one pixel wide at `width` x `height`, from ink of any colour on paper.

    The paper's brightness is the picture's 90th percentile, ink is what is clearly darker; so a
    photographed sheet works as well as a drawn one, and chalk on a board is turned round first.
    """
    ink = _ink(image)
    filled = _filled(ink)
    outline = filled & ~cv2.erode(filled.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    lines = (thin(ink) & ~filled) | outline
    small = thin(_shrink(lines, width, height))
    return np.repeat((small * np.uint8(255))[:, :, None], 3, axis=2)


def _ink(image: UInt8[np.ndarray, "H W 3"]) -> Bool[np.ndarray, "H W"]:
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (3, 3), 0).astype(np.int16)
    if np.median(grey) < 96:
        grey = 255 - grey
    paper = np.percentile(grey, 90)
    return grey < paper - 60


def _filled(ink: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Where ink is so wide that it is an area."""
    side = max(3, int(min(ink.shape) * FILLED))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, disc).astype(bool)


def _shrink(lines: Bool[np.ndarray, "H W"], width: int, height: int) -> Bool[np.ndarray, "h w"]:
    """Keeps a pixel wherever a line passes: averaging would lose thin lines."""
    small = np.zeros((height, width), bool)
    rows, columns = np.nonzero(lines)
    small[rows * height // lines.shape[0], columns * width // lines.shape[1]] = True
    return small


def thin(shape: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """The skeleton of a shape (Zhang and Suen 1984, "A fast parallel algorithm for thinning")."""
    image = np.pad(shape, 1)
    changed = True
    while changed:
        changed = False
        for first in (True, False):
            doomed = _peelable(image, first)
            if doomed.any():
                image[1:-1, 1:-1] &= ~doomed
                changed = True
    return image[1:-1, 1:-1]


def _peelable(image: Bool[np.ndarray, "H W"], first: bool) -> Bool[np.ndarray, "h w"]:
    """Border pixels that can go without breaking a line, in one of the two half-steps."""
    n, s = image[:-2, 1:-1], image[2:, 1:-1]
    w, e = image[1:-1, :-2], image[1:-1, 2:]
    nw, ne, sw, se = image[:-2, :-2], image[:-2, 2:], image[2:, :-2], image[2:, 2:]
    ring = (n, ne, e, se, s, sw, w, nw)
    neighbours = sum(part.astype(np.uint8) for part in ring)
    crossings = sum(
        (~here & there).astype(np.uint8)
        for here, there in zip(ring, (*ring[1:], ring[0]), strict=True)
    )
    sides = ~(n & e & s) & ~(e & s & w) if first else ~(n & e & w) & ~(n & s & w)
    centre = image[1:-1, 1:-1]
    return centre & (neighbours >= 2) & (neighbours <= 6) & (crossings == 1) & sides
