"""Pairs to learn enlarging from: what a model makes of a drawing, small, and the drawing, large.

What is small is made in two ways: the drawing through the model's autoencoder, which is where it
was; and painted by the model over the drawing, along its edges, in the last one or two of its
steps. That has the model's stains and wavering lines, and is not quite where the drawing was, nor
quite of its colours: `strayed` says how far those are off, and where the two show the same.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float16, UInt8
from PIL import Image
from tqdm import tqdm

from inference.checkpoints import load_bundle
from inference.pipeline import Pipeline
from inference.request import UPSCALES, Control, GenerationRequest
from inference.slots import SLOTS
from training.data.dataset import FORMATS, LARGE, Dataset, originals_of
from training.errors import UnusableDataset
from training.evaluation.style_judge import autoencoded
from training.evaluation.trials import control, paint

STRENGTHS = (0.25, 0.5)
"""How far from the drawing painting begins, by turns."""

_COLOURS = 6.0
"""Pixels, small: colours that differ over more than this are the painting's to choose."""
_ALIKE = 0.12
"""How different, 0 to 1, a painted pixel may be from the drawing in its colours."""


@dataclass(frozen=True)
class Pairs:
    """M = 2N small pictures of N large drawings: all of them rebuilt, then all of them painted.

    `off` says how far, 0 to 255, their colours are from the drawing's, and `alike` where, but for
    that, both show the same.
    """

    small: UInt8[np.ndarray, "M H W 3"]
    off: Float16[np.ndarray, "M H W 3"]
    alike: Bool[np.ndarray, "M H W"]
    large: UInt8[np.ndarray, "N sH sW 3"]

    @property
    def times(self) -> int:
        return self.large.shape[1] // self.small.shape[1]


def read_large(
    folder: Path, data: Dataset, *, times: int | None = None
) -> UInt8[np.ndarray, "N sH sW 3"]:
    """The large drawings of these pictures, `times` as high and wide. Raises UnusableDataset."""

    def read(source: str) -> UInt8[np.ndarray, "sH sW 3"]:
        path = folder / LARGE / f"{source}.png"
        try:
            with Image.open(path, formats=FORMATS) as picture:
                return np.asarray(picture.convert("RGB"))
        except OSError as error:
            raise UnusableDataset(
                f"{path} must be the large drawing of {source}, got {type(error).__name__}; "
                "draw the icons again with python -m training.embedded.icons"
            ) from error

    with ThreadPoolExecutor() as readers:
        large = list(readers.map(read, data.sources))
    side = data.images.shape[1]
    shapes = {picture.shape[:2] for picture in large}
    fit = {(n * side, n * side) for n in UPSCALES[1:] if times in (None, n)}
    if len(shapes) != 1 or not shapes <= fit:
        raise UnusableDataset(
            f"the large drawings of {folder} must all be of one size, {_listed(fit)}, got "
            f"{_listed(shapes)}; draw the icons again with python -m training.embedded.icons"
        )
    return np.stack(large)


def rebuild(model: str, data: Dataset) -> UInt8[np.ndarray, "N H W 3"]:
    """The pictures through the model's autoencoder, marked as they look."""
    return np.stack(autoencoded(load_bundle(model), list(data.images), data.looks))


def repaint(model: str, data: Dataset) -> UInt8[np.ndarray, "N H W 3"]:
    """The pictures painted over by the model, along their edges where it can."""
    pipeline = Pipeline.load(model)
    requests = [
        GenerationRequest(
            prompt=data.captions[i],
            seed=i,
            controls=(_edges(data, i),) if "canny" in pipeline.info.controls else (),
            init_image=Image.fromarray(data.images[i]),
            strength=STRENGTHS[i % len(STRENGTHS)],
        )
        for i in range(len(data))
    ]
    painted = []
    for start in tqdm(range(0, len(requests), SLOTS), desc="painting", mininterval=2.0):
        painted += paint(pipeline, requests[start : start + SLOTS])
    return np.stack([np.asarray(result.images[0]) for result in painted])


def make(folder: Path, data: Dataset, *, model: str, kept: Path) -> Pairs:
    """The pairs of these pictures; what the model makes of them is kept in `kept`."""
    made = []
    for name, how in (("rebuilt", rebuild), ("painted", repaint)):
        file = kept / f"{name}.npy"
        if not file.exists() or len(np.load(file, mmap_mode="r")) != len(data):
            kept.mkdir(parents=True, exist_ok=True)
            np.save(file, how(model, data))
        made.append(np.load(file))
    small, large = np.concatenate(made), read_large(folder, data)
    found = [strayed(picture, large[i % len(large)]) for i, picture in enumerate(small)]
    off, alike = (np.stack(parts) for parts in zip(*found, strict=True))
    return Pairs(small, off.astype(np.float16), alike, large)


def strayed(
    small: UInt8[np.ndarray, "H W 3"], large: UInt8[np.ndarray, "sH sW 3"]
) -> tuple[Float[np.ndarray, "H W 3"], Bool[np.ndarray, "H W"]]:
    """How far a painting's colours are from the drawing's, smoothly; and where, but for that, both
    show the same."""
    drawn = cv2.resize(large, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    differences = small.astype(np.float32) - drawn
    off = np.asarray(cv2.GaussianBlur(differences, (0, 0), _COLOURS))
    unlike = np.abs(differences - off).max(axis=-1) > 255.0 * _ALIKE
    alike = cv2.dilate(unlike.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
    return off, alike


def recoloured(
    large: UInt8[np.ndarray, "sH sW 3"], off: Float[np.ndarray, "H W 3"]
) -> UInt8[np.ndarray, "sH sW 3"]:
    """The drawing, or a crop of it, with its colours so far off."""
    moved = large + cv2.resize(
        off.astype(np.float32), large.shape[1::-1], interpolation=cv2.INTER_LINEAR
    )
    return np.clip(np.rint(moved), 0, 255).astype(np.uint8)


def _listed(shapes: set[tuple[int, int]]) -> str:
    return " or ".join(f"{width}×{height}" for height, width in sorted(shapes)[:4])


def _edges(data: Dataset, i: int) -> Control:
    return control("canny", np.repeat(data.maps[i][..., None], 3, axis=-1))


def originals(data: Dataset, *, count: int) -> Dataset:
    """At most `count` drawings, spread over all of them, without their recoloured copies."""
    rows = originals_of(data)
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))
    return data.take([rows[int(i)] for i in chosen])
