"""Edge F1: how well one picture's edges follow another's."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

GRID = 128
TOLERANCE = 2.0


def edge_f1(
    wanted: UInt8[np.ndarray, "H W"],
    got: UInt8[np.ndarray, "H2 W2"],
    *,
    tolerance: float = TOLERANCE,
) -> float:
    """The F1 score of `got` against `wanted`, both edge maps (edges are above 127).

    Both are brought to a grid of 128×128 by nearest neighbour. Precision is the share of the edge
    cells of `got` that lie within `tolerance` cells (Euclidean distance) of an edge of `wanted`;
    recall the share of those of `wanted` within `tolerance` of an edge of `got`. Two maps without
    any edge agree; one without and one with do not.
    """
    wanted_cells, got_cells = _on_grid(wanted), _on_grid(got)
    if not wanted_cells.any() or not got_cells.any():
        return float(wanted_cells.any() == got_cells.any())
    precision = float((_distance_to(wanted_cells)[got_cells] <= tolerance).mean())
    recall = float((_distance_to(got_cells)[wanted_cells] <= tolerance).mean())
    return 2.0 * precision * recall / max(precision + recall, 1e-9)


def _on_grid(edges: UInt8[np.ndarray, "H W"]) -> Bool[np.ndarray, "128 128"]:
    resized = cv2.resize(edges, (GRID, GRID), interpolation=cv2.INTER_NEAREST)
    return resized > 127


def _distance_to(cells: Bool[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
    return cv2.distanceTransform((~cells).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
