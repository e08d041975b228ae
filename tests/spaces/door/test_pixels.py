"""Pixels in a call: as many as the size says, or a sentence."""

import base64
import os
import zlib
from typing import Any

import pytest
from PIL import Image

from spaces.door.pixels import read_pixels
from spaces.errors import Refused


def told(image: Image.Image, **other: Any) -> dict[str, Any]:
    data = base64.b64encode(zlib.compress(image.tobytes())).decode()
    channels = len(image.getbands())
    return {
        "width": image.width,
        "height": image.height,
        "channels": channels,
        "data": data,
    } | other


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_the_picture_is_the_one_that_was_sent(mode: str) -> None:
    image = Image.frombytes(
        mode, (20, 16), os.urandom(320 * len(Image.new(mode, (1, 1)).getbands()))
    )
    assert read_pixels(told(image)).tobytes() == image.convert("RGB").tobytes()


BLANK = Image.new("L", (16, 16))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "drawing must be an object, got null"),
        (told(BLANK, width=15), "sides must have 16 to 1024 pixels, got 15"),
        (told(BLANK, height=1025), "got 1025"),
        (told(BLANK, width=True), "got true"),
        (told(BLANK, channels=True), "channels must be 1 or 3, got true"),
        (told(BLANK, data=5), "at most 1,000,000 characters, got 5"),
        (told(BLANK, data="a" * 1_000_001), "got 1,000,001"),
        (told(BLANK, data="%"), "must be base64 of deflated rows"),
        (
            told(BLANK, data=base64.b64encode(b"no rows").decode()),
            "must be base64 of deflated rows",
        ),
        (told(BLANK, height=17), "of that size has 272 bytes, got 256"),
        (
            told(BLANK, width=16, channels=1, data=told(Image.new("L", (16, 17)))["data"]),
            "got more",
        ),
    ],
)
def test_what_is_no_drawing_is_refused_in_a_sentence(value: Any, sentence: str) -> None:
    with pytest.raises(Refused, match=r".*; \w+") as refused:
        read_pixels(value)
    assert sentence in str(refused.value)
