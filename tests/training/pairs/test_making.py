"""One sample to one pair: what is kept, what is left out, what is damaged."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from inference.images import read_image
from tests.training.pairs.photos import encoded, photo
from training.pairs.filters import Filters
from training.pairs.making import Damaged, LeftOut, Pair, make_pair
from training.pairs.recipe import Recipe
from training.pairs.sources.source import Sample

RECIPE = Recipe(annotator="canny", size=64, held_out=0.0)


def png_header(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and ends there."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def made(image: bytes, recipe: Recipe = RECIPE, **more: object) -> Pair | LeftOut | Damaged:
    return make_pair(Sample("a.png", image, "words", **more), recipe, ("license",))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (b"", "got an empty file"),
        (b"GIF89a\x2c\x01\x2c\x01", "damaged"),
        (b"<svg></svg>", "got a file that is none"),
        (png_header(60_000, 60_000), "at most 50 million pixels"),
        (png_header(3000, 20), "at most 20 times as long"),
        (png_header(300, 300), "breaks off or is damaged"),
        (encoded(photo(1))[:900], "breaks off or is damaged"),
    ],
)
def test_what_is_no_whole_picture_is_damaged(image: bytes, why: str) -> None:
    outcome = made(image)
    assert isinstance(outcome, Damaged)
    assert why in outcome.why


@pytest.mark.parametrize(("kind", "first"), [("PNG", b"\x89PNG"), ("JPEG", b"\xff\xd8")])
def test_what_came_without_loss_is_kept_so(kind: str, first: bytes) -> None:
    file = encoded(photo(1, size=(64, 64)), kind)
    outcome = made(file)
    assert isinstance(outcome, Pair)
    assert outcome.image.startswith(first)
    stored = np.asarray(read_image(outcome.image)).astype(int)
    given = np.asarray(read_image(file)).astype(int)
    assert np.abs(stored - given).mean() <= (0 if kind == "PNG" else 2)


def test_pictures_are_turned_upright_and_laid_on_white() -> None:
    picture = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    outcome = made(encoded(picture, "PNG"))
    assert isinstance(outcome, Pair)
    assert np.asarray(read_image(outcome.image)).min() == 255

    half = Image.new("RGB", (64, 64), "black")
    half.paste("white", (0, 0, 64, 32))
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 3
    half.save(stream, "PNG", exif=exif)
    outcome = made(stream.getvalue())
    assert isinstance(outcome, Pair)
    assert np.asarray(read_image(outcome.image))[:30].max() == 0


def test_filters_come_before_anything_is_decoded() -> None:
    strict = Recipe(annotator="canny", size=64, filters=Filters(min_side=100, max_watermark=0.5))
    assert made(png_header(64, 300), strict) == LeftOut("smaller than 100 pixels")
    scored = {"columns": {"watermark_score": 0.6}}
    assert made(b"nothing", strict, **scored) == LeftOut("watermark_score above 0.5")


def test_a_source_may_bring_its_maps() -> None:
    own = Recipe(annotator=None, size=64, held_out=0.0)
    drawn = encoded(photo(2, size=(128, 128)), "PNG")
    outcome = made(encoded(photo(1)), own, conditioning=drawn, columns={"license": 3})
    assert isinstance(outcome, Pair)
    assert outcome.conditioning is not None
    assert read_image(outcome.conditioning).size == (64, 64)
    assert (outcome.settings, outcome.kept) == ('{"annotator": "source"}', ("3",))
    missing = made(encoded(photo(1)), own)
    assert isinstance(missing, Damaged)
    assert missing.why == "its map is missing"
