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
    thin_ink = filled(ink).sum() < 0.2 * ink.sum()
    return bool(even and colourless and thin_ink)


def strokes(
    image: UInt8[np.ndarray, "H W 3"], *, width: int, height: int
) -> UInt8[np.ndarray, "h w 3"]:
    """White lines on black, one pixel wide at `width` x `height`, from ink of any colour on paper.

    The paper's brightness is the picture's 90th percentile, ink is what is clearly darker; so a
    photographed sheet works as well as a drawn one, and chalk on a board is turned round first.
    """
    ink = _ink(image)
    areas = filled(ink)
    outline = areas & ~cv2.erode(areas.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    lines = (thin(ink) & ~areas) | outline
    small = thin(_shrink(lines, width, height))
    return np.repeat((small * np.uint8(255))[:, :, None], 3, axis=2)


def _ink(image: UInt8[np.ndarray, "H W 3"]) -> Bool[np.ndarray, "H W"]:
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (3, 3), 0).astype(np.int16)
    if np.median(grey) < 96:
        grey = 255 - grey
    paper = np.percentile(grey, 90)
    return grey < paper - 60


def filled(ink: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Where ink is so wide that it is an area."""
    side = max(3, int(min(ink.shape) * FILLED))
    inked = ink.astype(np.uint8)
    # A disc fits only where paper is as far away as its radius, which is known fifty times sooner.
    # What lies beyond the edge is no paper, so the edge counts as ink here as there.
    depth = cv2.distanceTransform(inked, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    if depth.max() < side // 2 - 1:
        return np.zeros_like(ink)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.morphologyEx(inked, cv2.MORPH_OPEN, disc).astype(bool)


def _shrink(lines: Bool[np.ndarray, "H W"], width: int, height: int) -> Bool[np.ndarray, "h w"]:
    """Keeps a pixel wherever a line passes: averaging would lose thin lines."""
    small = np.zeros((height, width), bool)
    rows, columns = np.nonzero(lines)
    small[rows * height // lines.shape[0], columns * width // lines.shape[1]] = True
    return small


def thin(shape: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """The skeleton of a shape (Zhang and Suen 1984, "A fast parallel algorithm for thinning")."""
    image = np.pad(shape, 1).astype(np.uint8)
    changed = True
    while changed:
        changed = False
        for stays in STAYS:
            ring = cv2.filter2D(image, cv2.CV_8U, RING, borderType=cv2.BORDER_CONSTANT)
            peeled = np.bitwise_and(image, cv2.LUT(ring, stays))
            if not np.array_equal(peeled, image):
                image, changed = peeled, True
    return image[1:-1, 1:-1].astype(bool)


def _stays(first: bool) -> UInt8[np.ndarray, "256"]:
    """Whether a pixel stays in one of the two half-steps, by its neighbours as `RING` adds them.

    Border pixels go that can go without breaking a line.
    """
    table = np.ones(256, np.uint8)
    for neighbours in range(256):
        n, ne, e, se, s, sw, w, nw = (bool(neighbours >> bit & 1) for bit in range(8))
        ring = (n, ne, e, se, s, sw, w, nw)
        crossings = sum(there > here for here, there in zip(ring, (*ring[1:], n), strict=True))
        sides = (e and s and (n or w)) if first else (n and w and (e or s))
        if 2 <= sum(ring) <= 6 and crossings == 1 and not sides:
            table[neighbours] = 0
    return table


RING = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)
"""A bit for each of a pixel's neighbours, clockwise from above."""
STAYS = (_stays(True), _stays(False))
"""Of the two half-steps."""
