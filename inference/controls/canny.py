"""Canny edge detection: a picture into a control map."""

import cv2
import numpy as np
from jaxtyping import UInt8

LOW, HIGH = 100, 200
"""The thresholds that the published canny ControlNets were trained with."""


def canny(
    image: UInt8[np.ndarray, "H W 3"], *, low: int = LOW, high: int = HIGH
) -> UInt8[np.ndarray, "H W 3"]:
    """White edges on black, at the picture's own size (Canny 1986, OpenCV's implementation).

    `low` and `high` are the thresholds of the gradient's hysteresis.
    """
    edges = cv2.Canny(np.ascontiguousarray(image), low, high)
    return np.repeat(edges[:, :, None], 3, axis=2)
