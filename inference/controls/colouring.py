"""Colouring in: a drawing's coloured lines, and the areas that they enclose in their colours.

Coarse colours (`palette`) of lines alone would be mostly paper. Who draws a ring in red means a red
disc, and who scribbles red into a black outline means that all of it is red.
"""

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

CHROMA = 48
"""Greatest less smallest channel, from which on ink has a colour."""
PAPER = 208
"""From this value on, the smallest channel is paper's."""
LEAST = 0.001
"""Parts of the sheet that have a colour in a drawing that has colours."""
SIDE = 256


def coloured_in(image: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "h w 3"] | None:
    """The drawing with its areas filled, about `SIDE` pixels high; None where it has no colours."""
    scale = SIDE / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lowest, highest = small.min(axis=2), small.max(axis=2)
    chroma = highest - lowest
    coloured = chroma >= CHROMA
    if coloured.mean() < LEAST:
        return None
    paper = ~coloured & (lowest >= PAPER)
    walls = ~coloured & ~paper
    enclosed = paper & ~_beside_edge(paper)
    _, rooms = cv2.connectedComponents((~walls).astype(np.uint8), connectivity=4)
    has_colour = np.zeros(rooms.max() + 1, bool)
    has_colour[rooms[coloured].astype(np.intp)] = True
    filled = enclosed & np.take(has_colour, rooms)
    # A line's edge is half paper: colours are those of its middle.
    middle = coloured & (chroma >= 0.85 * cv2.dilate(chroma, np.ones((7, 7), np.uint8)))
    _, nearest = cv2.distanceTransformWithLabels(
        (~middle).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((nearest.max() + 1, 3), np.uint8)
    colours[nearest[middle].astype(np.intp)] = small[middle]
    return np.where(filled[:, :, None], np.take(colours, nearest, axis=0), small)


def _beside_edge(paper: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Paper that is reached from the sheet's edge without crossing a line."""
    _, parts = cv2.connectedComponents(paper.astype(np.uint8), connectivity=4)
    edge = np.concatenate((parts[0], parts[-1], parts[:, 0], parts[:, -1]))
    outside = np.zeros(parts.max() + 1, bool)
    outside[edge.astype(np.intp)] = True
    return paper & outside[parts.astype(np.intp)]
