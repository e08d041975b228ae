"""Leakage check: what a model is measured on was never trained on, by name and by pixels."""

import hashlib

import numpy as np
from jaxtyping import UInt8

from training.data.dataset import Dataset
from training.data.names import name_key
from training.errors import UnusableDataset


def digest(picture: UInt8[np.ndarray, "H W 3"]) -> bytes:
    """The same for the same pixels, and in practice for no others."""
    return hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=16).digest()


def require_apart(train: Dataset, unseen: Dataset) -> None:
    """Raises UnusableDataset where the two share an object's name, in any spelling, or a picture.

    Icons are named alike across sets, so a name held out of one set is held out of all.
    """
    seen_names = {name_key(name) for name in train.names}
    names = sorted({name for name in unseen.names if name_key(name) in seen_names})
    seen_pixels = {digest(picture) for picture in train.images}
    pictures = [
        source
        for source, picture in zip(unseen.sources, unseen.images, strict=True)
        if digest(picture) in seen_pixels
    ]
    if names or pictures:
        shared = [*names, *dict.fromkeys(pictures)]
        raise UnusableDataset(
            f"what a model is measured on must not be trained on, got {len(names)} names and "
            f"{len(pictures)} pictures that are in both ({', '.join(shared[:3])}); draw the "
            "icons again with python -m training.embedded.icons"
        )
