"""Masks for inpainting: which pixels and latent cells are painted anew, and what is put back.

Legend: f pixels to a latent cell. White is painted anew, black stays what it was.
"""

import numpy as np
from jaxtyping import Bool, Float, UInt8
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from inference.images import fit

WHITE = 128
"""Grey of this lightness and above is white: as in diffusers, no pixel is painted anew by half."""


def white(mask: Image.Image, size: tuple[int, int]) -> Bool[np.ndarray, "fH fW"]:
    """Where a mask is white once it is fitted to (width, height)."""
    return np.asarray(fit(mask.convert("L"), *size)) >= WHITE


def has_white(mask: Image.Image) -> bool:
    """Whether any of it is to be painted anew."""
    return bool(np.asarray(mask.convert("L")).max(initial=0) >= WHITE)


def cells(anew: Bool[np.ndarray, "fH fW"], f: int) -> Float[np.ndarray, "H W 1"]:
    """1 for each latent cell that has a pixel which is painted anew.

    diffusers looks at one pixel of each, and so overlooks a line that is thinner than a cell.
    """
    height, width = anew.shape
    grid = anew.reshape(height // f, f, width // f, f).max((1, 3)).astype(np.float32)
    return grid[..., None]


def pasted(
    painted: UInt8[np.ndarray, "fH fW 3"],
    original: UInt8[np.ndarray, "fH fW 3"],
    anew: Bool[np.ndarray, "fH fW"],
    f: int,
) -> UInt8[np.ndarray, "fH fW 3"]:
    """What was painted where the mask is white, and the original to the byte farther than a cell
    from there; between the two, one fades into the other."""
    share = _feathered(anew, f)[..., None]
    mixed = original + share * (painted.astype(np.float32) - original)
    return np.round(mixed).astype(np.uint8)


def _feathered(anew: Bool[np.ndarray, "fH fW"], f: int) -> Float[np.ndarray, "fH fW"]:
    """1 where the mask is white, falling to 0 within f pixels around it."""
    half = f // 2
    share = anew.astype(np.float32)
    for of in (np.max, np.mean):  # grown by half a cell, then smoothed by as much
        for axis in (0, 1):
            margin = [(half, half) if axis == one else (0, 0) for one in (0, 1)]
            windows = sliding_window_view(np.pad(share, margin, "edge"), 2 * half + 1, axis)
            share = of(windows, axis=-1)
    return share.astype(np.float32)
