"""One pair to what is known of it: sizes, evenness, hashes, and how well its map fits."""

import json
from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from inference.controls.annotators import ANNOTATORS
from inference.errors import InferenceError, InvalidImage
from training.pairs import annotation
from training.pairs.index import Row
from training.pairs.streaming import pixels

GRID = 24
"""Cells a side of a signature: coarse enough for lines that are a little off."""
THUMB = 8
EVEN = 2.0
"""A standard deviation of so many of 255 levels is nothing to learn from."""


@dataclass(frozen=True)
class Facts:
    """What is known of a pair; only `problem` where it cannot be read, nothing of maps without one.

    `redrawn` is how far its map is from the one its annotator draws now, 0 to 1 (Jaccard's
    distance of grey levels), None where that cannot be told. The signatures are where lines are.
    """

    problem: str | None = None
    has_map: bool = True
    annotator: str = annotation.BROUGHT
    size: tuple[int, int] = (0, 0)
    map_size: tuple[int, int] = (0, 0)
    is_even: bool = False
    map_is_even: bool = False
    coverage: float = 0.0
    hash: int = 0
    thumb: bytes = b""
    redrawn: float | None = None
    signature: bytes = b""
    map_signature: bytes = b""


def look(row: Row) -> Facts:
    """Raises nothing: what cannot be read is a fact."""
    has_map = row.conditioning is not None
    try:
        image = pixels(row.image, "the picture")
        conditioning = pixels(row.conditioning, "the map") if row.conditioning is not None else None
    except InvalidImage as error:
        return Facts(problem=str(error), has_map=has_map)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    facts = Facts(
        has_map=has_map,
        size=(image.shape[1], image.shape[0]),
        is_even=_is_even(image),
        hash=perceptual_hash(grey),
        thumb=cv2.resize(image, (THUMB, THUMB), interpolation=cv2.INTER_AREA).tobytes(),
    )
    if conditioning is None:
        return facts
    settings = _settings(row)
    return replace(
        facts,
        annotator=str(settings["annotator"]),
        map_size=(conditioning.shape[1], conditioning.shape[0]),
        map_is_even=_is_even(conditioning),
        coverage=float(conditioning.mean()) / 255.0,
        redrawn=_redrawn(settings, image, conditioning),
        signature=signature(grey).tobytes(),
        map_signature=signature(cv2.cvtColor(conditioning, cv2.COLOR_RGB2GRAY)).tobytes(),
    )


def _is_even(image: UInt8[np.ndarray, "H W 3"]) -> bool:
    return float(image.std(axis=(0, 1)).max()) < EVEN


def perceptual_hash(grey: UInt8[np.ndarray, "H W"]) -> int:
    """64 bits that stay when a picture is scaled, compressed or a little lighter: the signs of its
    lowest frequencies about their median (pHash, Zauner 2010, section 3.2.1)."""
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = np.asarray(cv2.dct(small))[:8, :8].ravel()
    bits = low > np.median(low[1:])
    return int.from_bytes(np.packbits(bits).tobytes())


def signature(grey: UInt8[np.ndarray, "H W"]) -> Float[np.ndarray, "G G"]:
    """How much changes where, on a coarse grid: a vector of mean 0 and length 1, or of zeros."""
    image = grey.astype(np.float32)
    change = cv2.magnitude(cv2.Sobel(image, cv2.CV_32F, 1, 0), cv2.Sobel(image, cv2.CV_32F, 0, 1))
    cells = np.asarray(cv2.resize(np.sqrt(change), (GRID, GRID), interpolation=cv2.INTER_AREA))
    cells = cv2.GaussianBlur(cells, (0, 0), 0.7)
    centred = cells - cells.mean()
    length = float(np.linalg.norm(centred))
    return (centred / length if length > 1e-3 else np.zeros_like(centred)).astype(np.float32)


def _redrawn(
    settings: annotation.Settings,
    image: UInt8[np.ndarray, "H W 3"],
    conditioning: UInt8[np.ndarray, "H2 W2 3"],
) -> float | None:
    if not annotation.can_redraw(settings) or image.shape != conditioning.shape:
        return None
    try:
        again = np.asarray(annotation.redraw(settings, Image.fromarray(image)))
    except (InferenceError, KeyError, ValueError, TypeError):
        return None
    either = float(np.maximum(again, conditioning).sum(dtype=np.float64))
    both = float(np.minimum(again, conditioning).sum(dtype=np.float64))
    return 1.0 - both / either if either else 0.0


def _settings(row: Row) -> annotation.Settings:
    try:
        told = json.loads(row.settings)
    except ValueError:
        told = None
    if isinstance(told, dict) and told.get("annotator") in ANNOTATORS:
        return told
    return {"annotator": annotation.BROUGHT}
