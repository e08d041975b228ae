"""Input images: what a person hands in becomes an upright RGB picture, or a sentence.

Files are decoded by the pool of `inference.decoding`, whichever page or program took them.
"""

from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageOps

from inference.decoding.admission import (
    MAX_BYTES,
    MAX_PIXELS,
    MIN_SIDE,
    damaged,
    too_large,
    too_small,
)
from inference.decoding.decode import on_white, scaled, upright
from inference.decoding.pool import decoding_pool
from inference.errors import InvalidImage

LONGEST = 4096
"""No model makes longer pictures, in pixels."""


def read_image(
    source: str | Path | bytes | Image.Image, *, field: str = "image", longest: int = LONGEST
) -> Image.Image:
    """Reads a picture and makes it plain: upright, RGB, 8 bits a channel, on white, first frame.

    A file is a PNG, JPEG, WebP or GIF by its content; its size is checked from the header, before
    anything is decoded, and one whose longer side exceeds `longest` pixels comes that long. Waits
    for its turn. `field` names the picture in the error. Raises InvalidImage and Busy.
    """
    if isinstance(source, Image.Image):
        return _plain(source, field)
    if isinstance(source, bytes):
        data = source
        return _decoded(lambda: data, field, longest)
    path = Path(source)
    if not path.is_file():
        raise InvalidImage(
            f"{field} must be the path of a picture, got {str(path)!r}, which is not a file; "
            "check the path",
            field=field,
        )
    return _decoded(lambda: _bytes_of(path, field), field, longest)


def _decoded(read: Callable[[], bytes], field: str, longest: int) -> Image.Image:
    made = decoding_pool().pixels(read, field=field, longest=longest).result()
    return Image.frombytes("RGB", made.size, made.data)


def _bytes_of(path: Path, field: str) -> bytes:
    """The file, and one byte more than it may have, by which it is refused."""
    try:
        with path.open("rb") as file:
            return file.read(min(path.stat().st_size, MAX_BYTES) + 1)
    except OSError as error:
        raise InvalidImage(
            f"{field} must be a file that can be read, got {str(path)!r} ({error.strerror}); "
            "check its permissions",
            field=field,
        ) from error


def _plain(image: Image.Image, field: str) -> Image.Image:
    """A picture that some program of ours, or one that calls us, has opened already."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise too_large(field, width, height)
    if min(width, height) < MIN_SIDE:
        raise too_small(field, width, height)
    try:
        image.load()
        return on_white(upright(scaled(image, max(image.size)), image))
    except Exception as error:  # Pillow raises nearly anything for what it cannot read
        raise damaged(field) from error


def fit(image: Image.Image, width: int, height: int) -> Image.Image:
    """Scales to cover width x height pixels and crops what stands over, evenly on both sides."""
    if image.size == (width, height):
        return image
    return ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
