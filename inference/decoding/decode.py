"""Picture decoding: one file of a known kind to an upright picture of a bounded size.

What is made is small beside what is read: a JPEG is decoded reduced, and the others are converted
and scaled in bands of rows, so that no second picture of the full size is ever held.
"""

import io
import math
from collections.abc import Callable

from PIL import ExifTags, Image

BAND = 1 << 20
"""Pixels that are converted and scaled at a time, about."""
SUPPORT = 3
"""Of Lanczos' filter, in pixels of what is made."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF's orientation."""


def decode(
    data: bytes, *, kind: str, longest: int, require: Callable[[int, int], None]
) -> Image.Image:
    """The first frame, upright, RGB or RGBA, its longer side at most `longest` pixels.

    It is opened as `kind` alone, and `require`, given its width and height before anything is
    decoded, may raise. Raises whatever Pillow raises, which is nearly anything.
    """
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        require(*image.size)
        image.draft("RGB", (longest, longest))  # a JPEG is then decoded to about this size
        image.load()
        return upright(scaled(image, longest), image)


def upright(picture: Image.Image, source: Image.Image) -> Image.Image:
    """`picture` turned as the camera that took `source` was held."""
    turn = TURNS.get(_orientation(source))
    return picture if turn is None else picture.transpose(turn)


def scaled(image: Image.Image, longest: int) -> Image.Image:
    """RGB or RGBA, 8 bits a channel, its longer side at most `longest` pixels."""
    width, height = image.size
    if max(width, height) <= longest:
        return _plain(image, has_alpha=image.has_transparency_data)
    step = max(width, height) / longest
    size = max(1, round(width / step)), max(1, round(height / step))
    step = height / size[1]
    has_alpha = image.has_transparency_data
    made = Image.new("RGBA" if has_alpha else "RGB", size)
    rows = max(1, round(BAND / width / step))
    for first in range(0, size[1], rows):
        last = min(first + rows, size[1])
        top = max(0, math.floor((first - SUPPORT) * step))
        bottom = min(height, math.ceil((last + SUPPORT) * step))
        band = _plain(image.crop((0, top, width, bottom)), has_alpha=has_alpha)
        if has_alpha:
            band = band.convert("RGBa")  # or what is clear would bleed its colour
        box = (0, first * step - top, width, min(last * step, height) - top)
        part = band.resize((size[0], last - first), Image.Resampling.LANCZOS, box=box)
        made.paste(part.convert(made.mode), (0, first))
    return made


def on_white(image: Image.Image) -> Image.Image:
    """RGB; what is clear shows white paper."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def _plain(image: Image.Image, *, has_alpha: bool) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = _eight_bits(image)
        has_alpha = False if image.mode == "L" else has_alpha
    return image.convert("RGBA" if has_alpha else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """A 16- or 32-bit grey picture, scaled: converting it straight away would clip it to white."""
    top = 65535.0 if image.mode.startswith("I") else max(1.0, float(image.getextrema()[1]))  # pyright: ignore
    return image.convert("F").point(lambda value: value * (255.0 / top)).convert("L")


def _orientation(image: Image.Image) -> int:
    """As the camera says it was held; 1, upright, where that cannot be read."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  whatever is wrong with what a camera wrote, there is a picture
        return 1
