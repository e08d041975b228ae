"""Turning a picture into a control map."""

import cv2
import numpy as np
from jaxtyping import UInt8


def canny(
    image: UInt8[np.ndarray, "H W 3"], *, low: int = 100, high: int = 200
) -> UInt8[np.ndarray, "H W 3"]:
    """White edges on black, at the picture's own size (Canny 1986, OpenCV's implementation).

    `low` and `high` are the thresholds of the gradient's hysteresis; 100 and 200 are those that
    the published canny ControlNets were trained with.
    """
    edges = cv2.Canny(np.ascontiguousarray(image), low, high)
    return np.repeat(edges[:, :, None], 3, axis=2)
