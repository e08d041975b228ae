"""What a file says that it is, and what decoding it may take."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inference.decoding.admission import ROOM, admit
from inference.decoding.header import read_header
from inference.errors import InvalidImage
from tests.inference.strange_files import KINDS, encoded, noise, png

sides = st.integers(16, 300)


@given(kind=st.sampled_from(KINDS), width=sides, height=sides, mode=st.sampled_from(["RGB", "L"]))
def test_the_size_is_what_the_decoder_finds(kind: str, width: int, height: int, mode: str) -> None:
    data = encoded(Image.new(mode, (width, height)), kind)
    header = read_header(data)
    assert header is not None
    with Image.open(io.BytesIO(data)) as image:
        assert (header.kind, header.width, header.height) == (image.format, *image.size)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, 0.0),
        ({"progressive": True}, 3.0),
        ({"progressive": True, "subsampling": 0}, 6.0),
    ],
)
def test_a_progressive_jpeg_keeps_its_coefficients(options: dict, kept: float) -> None:
    header = read_header(encoded(noise(), "JPEG", **options))
    assert header is not None
    assert header.kept == kept


def test_a_jpeg_costs_what_it_is_reduced_to() -> None:
    header = read_header(encoded(Image.new("L", (4096, 4096)), "JPEG"))
    assert header is not None
    assert header.cost(4096) == 16 * header.cost(1024)


def test_whoever_has_a_larger_webp_is_told_what_to_do() -> None:
    data = encoded(Image.new("RGB", (4000, 4000)), "WEBP", method=0, quality=0)
    with pytest.raises(
        InvalidImage, match=r"15 million pixels where it is a WebP file, got 4000"
    ) as caught:
        admit(data, longest=1024, field="picture")
    assert str(caught.value).endswith("make it smaller, or save it as a JPEG file")


def test_nothing_is_admitted_that_takes_more_than_there_is() -> None:
    header = admit(png(7070, 7070, colour=6), longest=2560, field="picture")
    assert header.cost(2560) <= ROOM
