"""Contact sheets: many small pictures as one."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8


def contact_sheet(
    pictures: Sequence[UInt8[np.ndarray, "H W 3"]], *, columns: int
) -> UInt8[np.ndarray, "H2 W2 3"]:
    """Pictures of one size in rows of `columns`; white where the last row ends early."""
    cells = [*pictures, *[np.full_like(pictures[0], 255)] * (-len(pictures) % columns)]
    rows = [np.concatenate(cells[i : i + columns], axis=1) for i in range(0, len(cells), columns)]
    return np.concatenate(rows)
