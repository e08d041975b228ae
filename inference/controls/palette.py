"""A coarse picture of colours: which colour goes where, and nothing else."""

import cv2
import numpy as np
from jaxtyping import UInt8

CELLS = 8


def coarse(picture: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "8 8 3"]:
    """The mean colour of each of CELLS × CELLS equal parts."""
    return cv2.resize(np.ascontiguousarray(picture), (CELLS, CELLS), interpolation=cv2.INTER_AREA)


def enlarge(
    cells: UInt8[np.ndarray, "8 8 3"], *, width: int, height: int
) -> UInt8[np.ndarray, "H W 3"]:
    """The cells as a control map: each one an even patch."""
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_NEAREST)


def palette(picture: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "H W 3"]:
    """The picture with its details averaged away."""
    height, width = picture.shape[:2]
    return enlarge(coarse(picture), width=width, height=height)
