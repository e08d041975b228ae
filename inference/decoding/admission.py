"""Picture admission: what may be decoded at all, said in a sentence before anything is."""

from inference.decoding.header import Header, read_header
from inference.errors import InvalidImage

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 50_000_000
"""A phone's largest photographs."""
ROOM = 300_000_000
"""Bytes for pixels, of all that is decoded at a time."""
MIN_SIDE = 16
MOST_ASPECT = 20
NAMES = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP", "GIF": "GIF"}


def admit(data: bytes, *, longest: int, field: str) -> Header:
    """What the file says that it is. Raises InvalidImage, whose sentence begins with `field`."""
    if not data:
        raise InvalidImage(
            f"{field} must be a picture, got an empty file; choose a PNG, JPEG, WebP or GIF file",
            field=field,
        )
    if len(data) > MAX_BYTES:
        raise InvalidImage(
            f"{field} must have at most {MAX_BYTES // 2**20} MB, got {len(data) / 2**20:.0f} MB; "
            "save it smaller",
            field=field,
        )
    try:
        header = read_header(data)
    except ValueError:
        header = None
    if header is None:
        raise InvalidImage(
            f"{field} must be a PNG, JPEG, WebP or GIF picture, got a file that is none; "
            "choose a PNG, JPEG, WebP or GIF file",
            field=field,
        )
    _require_size(header, longest, field)
    return header


def damaged(field: str) -> InvalidImage:
    """For a file that began like a picture."""
    return InvalidImage(
        f"{field} must be a whole picture, got a file that breaks off or is damaged; "
        "choose another PNG, JPEG, WebP or GIF file, or save it again",
        field=field,
    )


def too_large(field: str, width: int, height: int) -> InvalidImage:
    return InvalidImage(
        f"{field} must have at most {MAX_PIXELS // 10**6} million pixels, got {width}×{height}; "
        "make it smaller first",
        field=field,
    )


def too_small(field: str, width: int, height: int) -> InvalidImage:
    return InvalidImage(
        f"{field} must be at least {MIN_SIDE}×{MIN_SIDE} pixels, got {width}×{height}; "
        "choose a larger picture",
        field=field,
    )


def _require_size(header: Header, longest: int, field: str) -> None:
    width, height = header.width, header.height
    if width * height > MAX_PIXELS:
        raise too_large(field, width, height)
    if header.cost(longest) > ROOM:
        most = int(width * height * ROOM / header.cost(longest))
        raise InvalidImage(
            f"{field} must have at most {most // 10**6} million pixels where it is "
            f"{_kind(header)}, got {width}×{height}; make it smaller, or save it as "
            f"{'an ordinary' if header.kind == 'JPEG' else 'a'} JPEG file",
            field=field,
        )
    if min(width, height) < MIN_SIDE:
        raise too_small(field, width, height)
    if max(width, height) > MOST_ASPECT * min(width, height):
        raise InvalidImage(
            f"{field} must be at most {MOST_ASPECT} times as long as it is wide, "
            f"got {width}×{height}; choose another picture",
            field=field,
        )


def _kind(header: Header) -> str:
    return "a progressive JPEG" if header.kind == "JPEG" else f"a {NAMES[header.kind]} file"
