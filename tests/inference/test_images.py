"""Whatever a person hands in becomes an upright RGB picture, or one sentence."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from inference.errors import InvalidImage
from inference.images import fit, read_image


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels: decoding it could only fail."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    crc = struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + crc + b"\0\0\0\0IDAT"


RED = Image.new("RGB", (40, 20), (200, 30, 30))
GRADIENT = Image.fromarray(np.tile(np.arange(64, dtype=np.uint8) * 4, (64, 1)))


@pytest.mark.parametrize(
    ("source", "got"),
    [
        (b"", "got an empty file"),
        (b"hello, I am a text", "got a file that is none"),
        (encoded(RED)[:60], "breaks off or is damaged"),
        (encoded(GRADIENT.resize((300, 300)), "JPEG")[:900], "breaks off or is damaged"),
        (encoded(Image.new("RGB", (1, 1))), "got 1×1"),
        (png_header(20_000, 20_000), "at most 40 million pixels"),
        (png_header(9_000, 9_000), "got 9000×9000"),
    ],
    ids=["empty", "text", "truncated png", "truncated jpeg", "1x1", "20000x20000", "9000x9000"],
)
def test_a_bad_picture_gets_one_sentence(source: bytes, got: str) -> None:
    with pytest.raises(InvalidImage, match=got) as caught:
        read_image(source, field="photo")
    assert str(caught.value).startswith("photo must ")
    assert caught.value.field == "photo"


def test_a_path_that_is_no_file_is_named(tmp_path) -> None:
    with pytest.raises(InvalidImage, match=r"nowhere\.png"):
        read_image(tmp_path / "nowhere.png")


def test_cmyk_is_read_as_the_colour_it_shows() -> None:
    image = read_image(encoded(RED.convert("CMYK"), "TIFF"))
    assert image.mode == "RGB"
    assert np.allclose(np.asarray(image)[0, 0], (200, 30, 30), atol=3)


def test_sixteen_bits_keep_their_greys() -> None:
    wide = Image.fromarray(np.asarray(GRADIENT).astype(np.uint16) * 257)
    image = np.asarray(read_image(encoded(wide)))
    assert np.abs(image[..., 0].astype(int) - np.asarray(GRADIENT)).max() <= 1


def test_a_transparent_picture_lies_on_white() -> None:
    clear = Image.new("RGBA", (32, 32), (0, 0, 255, 0))
    assert np.asarray(read_image(encoded(clear))).min() == 255


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert tuple(np.asarray(read_image(data))[0, 0]) == (255, 0, 0)


def test_a_photo_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    assert read_image(encoded(RED, "JPEG", exif=exif)).size == (20, 40)


def test_fit_covers_the_size_and_crops_evenly() -> None:
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 20:40] = 255
    fitted = np.asarray(fit(Image.fromarray(pixels), 20, 20))
    assert fitted.shape == (20, 20, 3)
    assert fitted.min() == 255
