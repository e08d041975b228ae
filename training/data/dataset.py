"""An image folder in memory: pictures, their control maps and captions."""

import functools
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int, UInt8
from PIL import Image

from training.errors import UnusableDataset

LARGE = "large"
"""The folder of large drawings beside the pictures, each by its source."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
"""The list may be somebody else's, and what Pillow can open beside these starts programs."""


@dataclass(frozen=True)
class Dataset:
    """N pictures with their captions. `sources` names the drawing each one is a copy of.

    `styles` are the words of the sets, `looks` what the pictures look like (`styles`);
    both may be empty.
    """

    images: UInt8[np.ndarray, "N H W 3"]
    maps: UInt8[np.ndarray, "N H W"]
    captions: Sequence[str]
    names: Sequence[str]
    styles: Sequence[str]
    sources: Sequence[str]
    looks: Sequence[str]

    def __len__(self) -> int:
        return len(self.captions)

    def take(self, rows: Sequence[int]) -> "Dataset":
        """These rows alone, in this order."""
        return Dataset(
            images=self.images[rows],
            maps=self.maps[rows],
            captions=[self.captions[row] for row in rows],
            names=[self.names[row] for row in rows],
            styles=[self.styles[row] for row in rows],
            sources=[self.sources[row] for row in rows],
            looks=[self.looks[row] for row in rows],
        )


def originals_of(data: Dataset) -> list[int]:
    """The first row of each drawing: the others are its recoloured copies."""
    first: dict[str, int] = {}
    for row, source in enumerate(data.sources):
        first.setdefault(source, row)
    return list(first.values())


def load(folder: Path, *, split: str) -> Dataset:
    """As `read`, and not a second time while the folder stays as it is: stages share the arrays."""
    listed = folder / "metadata.jsonl"
    return _read_once(folder, split, listed.stat().st_mtime_ns if listed.exists() else 0)


@functools.lru_cache(maxsize=3)
def _read_once(folder: Path, split: str, _changed: int) -> Dataset:
    return read(folder, split=split)


def read(folder: Path, *, split: str) -> Dataset:
    """The rows of `folder/metadata.jsonl` that belong to `split` ("train" or "held_out").

    A folder of others needs the columns image, conditioning_image and text only: rows without a
    split are for training, and the name of a row is its caption unless it has one. Raises
    UnusableDataset.
    """
    path = folder / "metadata.jsonl"
    try:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
    except (OSError, ValueError) as error:
        raise UnusableDataset(
            f"{path} must hold one JSON object a line, got {error}; "
            "write one with python -m training.embedded.icons"
        ) from error
    rows = [row for row in rows if row.get("split", "train") == split]
    missing = sorted({"image", "conditioning_image", "text"} - set().union(*rows))
    if not rows or missing:
        raise UnusableDataset(
            f"{path} must have rows of split {split!r} with image, conditioning_image and text, "
            f"got {len(rows)} rows without {missing or 'nothing'}; check the folder"
        )
    with ThreadPoolExecutor() as readers:  # decoding a picture lets other threads run
        images = list(readers.map(lambda row: _read(folder / row["image"], "RGB"), rows))
        maps = list(readers.map(lambda row: _read(folder / row["conditioning_image"], "L"), rows))
    sizes = {array.shape[:2] for array in (*images, *maps)}
    if len(sizes) > 1:
        raise UnusableDataset(
            f"the pictures and maps of {folder} must all have one size, got {sorted(sizes)[:4]}; "
            "resize them"
        )
    return Dataset(
        images=_frozen(images),
        maps=_frozen(maps),
        captions=[row["text"] for row in rows],
        names=[row.get("name", row["text"]) for row in rows],
        styles=[row.get("style", "") for row in rows],
        sources=[row.get("source", row["image"]) for row in rows],
        looks=[row.get("look", "") for row in rows],
    )


def _frozen(pictures: list[UInt8[np.ndarray, "..."]]) -> UInt8[np.ndarray, "N ..."]:
    """One array that nobody changes for the others."""
    stacked = np.stack(pictures)
    stacked.flags.writeable = False
    return stacked


def batch_indices(size: int, batch_size: int, *, seed: int, step: int) -> Int[np.ndarray, " B"]:
    """Which rows step `step` sees: every row once in each epoch, in an order of its own.

    A function of its arguments alone, so a resumed run sees what an uninterrupted one would.
    """
    position = step * batch_size
    chosen = []
    while len(chosen) < batch_size:
        epoch, offset = divmod(position + len(chosen), size)
        order = np.random.default_rng([seed, epoch]).permutation(size)
        chosen.extend(order[offset : offset + batch_size - len(chosen)])
    return np.asarray(chosen)


def _read(path: Path, mode: str) -> UInt8[np.ndarray, "..."]:
    try:
        with Image.open(path, formats=FORMATS) as picture:
            return np.asarray(picture.convert(mode))
    except Exception as error:  # Pillow raises nearly anything for what it cannot read
        raise UnusableDataset(
            f"{path} must be a picture ({', '.join(FORMATS)}), got one that cannot be read "
            f"({type(error).__name__}); draw or download it again"
        ) from error
