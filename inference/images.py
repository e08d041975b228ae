"""Pictures at the border: what a person hands in becomes an upright RGB picture, or a sentence."""

import io
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from inference.errors import InvalidImage

MIN_SIDE = 16
MAX_PIXELS = 40_000_000


def read_image(source: str | Path | bytes | Image.Image, *, field: str = "image") -> Image.Image:
    """Reads a picture and makes it plain: upright, RGB, 8 bits a channel, on white, first frame.

    The size is checked from the header, before anything is decoded. `field` names the picture in
    the error. Raises InvalidImage.
    """
    if isinstance(source, Image.Image):
        return _plain(source, field)
    if isinstance(source, bytes):
        if not source:
            raise InvalidImage(
                f"{field} must be a picture, got an empty file; choose a PNG, JPEG or WebP file",
                field=field,
            )
        return _open(io.BytesIO(source), field)
    path = Path(source)
    if not path.is_file():
        raise InvalidImage(
            f"{field} must be the path of a picture, got {str(path)!r}, which is not a file; "
            "check the path",
            field=field,
        )
    return read_image(path.read_bytes(), field=field)


def _open(stream: io.BytesIO, field: str) -> Image.Image:
    try:
        with Image.open(stream) as image:
            return _plain(image, field)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        if isinstance(error, Image.DecompressionBombError):
            raise _too_large(field, "a far larger one") from error
        raise InvalidImage(
            f"{field} must be a picture, got a file that is none; choose a PNG, JPEG or WebP file",
            field=field,
        ) from error


def _plain(image: Image.Image, field: str) -> Image.Image:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _too_large(field, f"{width}×{height}")
    if min(width, height) < MIN_SIDE:
        raise InvalidImage(
            f"{field} must be at least {MIN_SIDE}×{MIN_SIDE} pixels, got {width}×{height}; "
            "choose a larger picture",
            field=field,
        )
    try:
        image.load()
        upright = ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError) as error:
        raise InvalidImage(
            f"{field} must be a whole picture, got a file that breaks off or is damaged; "
            "save or upload it again",
            field=field,
        ) from error
    if upright.mode in ("I", "F") or upright.mode.startswith("I;16"):
        upright = _eight_bits(upright)
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        upright = Image.alpha_composite(paper, layer)
    return upright.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """A 16- or 32-bit grey picture, scaled: converting it straight away would clip it to white."""
    top = 65535.0 if image.mode.startswith("I") else max(1.0, float(image.getextrema()[1]))  # pyright: ignore
    return image.convert("F").point(lambda value: value * (255.0 / top)).convert("L")


def _too_large(field: str, got: str) -> InvalidImage:
    return InvalidImage(
        f"{field} must have at most {MAX_PIXELS // 1_000_000} million pixels, got {got}; "
        "make it smaller first",
        field=field,
    )


def fit(image: Image.Image, width: int, height: int) -> Image.Image:
    """Scales to cover width x height pixels and crops what stands over, evenly on both sides."""
    if image.size == (width, height):
        return image
    return ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
