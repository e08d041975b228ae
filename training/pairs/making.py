"""From a sample of a source to a pair: fitted, encoded, its map drawn; or why it was left out."""

import hashlib
import io
import json
from dataclasses import dataclass
from math import ceil

import numpy as np
from PIL import Image

from inference.decoding.admission import admit
from inference.decoding.header import Header
from inference.errors import InvalidImage
from inference.images import fit, read_image
from training.pairs import annotation
from training.pairs.recipe import Recipe
from training.pairs.sources.source import Missing, Sample

TRAIN, HELD_OUT = "train", "validation"
QUALITY = 95
LOSSLESS = ("PNG", "GIF")
"""What came so is kept so."""


@dataclass(frozen=True)
class Pair:
    """One row of what is prepared; `image` and `conditioning` are files of one size.

    `conditioning` is None where the recipe wants no maps. `settings` is JSON: by which annotator
    the map was drawn, and how. `kept` are the source's own columns in the recipe's order.
    """

    split: str
    image: bytes
    conditioning: bytes | None
    text: str
    key: str
    settings: str
    kept: tuple[str | None, ...]


@dataclass(frozen=True)
class LeftOut:
    """A sample that did not pass a filter; `why` is counted."""

    why: str


@dataclass(frozen=True)
class Damaged:
    """A sample that cannot be used; each one is listed."""

    key: str
    why: str


Outcome = Pair | LeftOut | Damaged


def make_pair(sample: Sample | Missing, recipe: Recipe, kept: tuple[str, ...]) -> Outcome:
    """The same sample and recipe give the same bytes, in whichever process and order.

    Which split a pair belongs to is told by its picture alone, so a picture that is there twice is
    never on both sides. Raises AnnotatorUnavailable and Busy, which are no fault of the sample.
    """
    if isinstance(sample, Missing):
        return Damaged(sample.key, sample.why)
    refusal = recipe.filters.refusal_of_scores(sample.columns)
    if refusal:
        return LeftOut(refusal)
    try:
        header = admit(sample.image, longest=recipe.size, field="the picture")
        refusal = recipe.filters.refusal_of_size(header.width, header.height)
        if refusal:
            return LeftOut(refusal)
        image, picture = _stored(_fitted(sample.image, header, recipe.size), header)
        conditioning, settings = _map(sample, picture, recipe)
    except InvalidImage as error:
        return Damaged(sample.key, str(error))
    return Pair(
        split=HELD_OUT if _share(picture) < recipe.held_out else TRAIN,
        image=image,
        conditioning=_png(conditioning) if conditioning is not None else None,
        text=sample.text,
        key=sample.key,
        settings=json.dumps(settings, sort_keys=True),
        kept=tuple(_text(sample.columns.get(name)) for name in kept),
    )


def _fitted(data: bytes, header: Header, size: int) -> Image.Image:
    """Decoded no larger than needed: its shorter side comes with `size` pixels, or as it is."""
    short, long = sorted((header.width, header.height))
    image = read_image(data, field="the picture", longest=ceil(size * long / short))
    return fit(image, size, size)


def _stored(picture: Image.Image, header: Header) -> tuple[bytes, Image.Image]:
    """The file, and the picture that is read from it: its map is to belong to that one."""
    if header.kind in LOSSLESS:
        return _png(picture), picture
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=QUALITY, subsampling=0)
    return stream.getvalue(), Image.open(stream, formats=["JPEG"]).convert("RGB")


def _map(
    sample: Sample, picture: Image.Image, recipe: Recipe
) -> tuple[Image.Image | None, annotation.Settings]:
    """Drawn, the source's own, or none, and how it was drawn."""
    if not recipe.has_maps:
        return None, {}
    if recipe.annotator is None:
        return _brought(sample, recipe.size)
    rng = np.random.default_rng([recipe.seed, _number(sample.key)])
    return annotation.draw(recipe.annotator, picture, rng)


def _brought(sample: Sample, size: int) -> tuple[Image.Image, annotation.Settings]:
    if sample.conditioning is None:
        raise InvalidImage("its map is missing", field="the map")
    image = read_image(sample.conditioning, field="the map")
    return fit(image, size, size), {"annotator": annotation.BROUGHT}


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=3)  # 6 takes twice as long for a fifth less
    return stream.getvalue()


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def _share(picture: Image.Image) -> float:
    """From 0 to below 1, evenly, by the picture's pixels."""
    digest = hashlib.blake2b(picture.tobytes(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def _text(value: object) -> str | None:
    return None if value is None else str(value)
