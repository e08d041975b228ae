"""Drawing in a call: its pixels, deflated, of a size that is told before anything is unpacked.

Nothing of it is parsed: what comes is as many bytes as the size says, or it is refused. So it needs
no process of its own, as a picture file does.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any

from PIL import Image

from spaces.door.values import shown
from spaces.errors import Refused

SIDES = (16, 1024)
"""Pixels of each side, least and most: 3 MB unpacked."""
MODES = {1: "L", 3: "RGB"}
"""By the bytes of a pixel."""
MAX_TEXT = 1_000_000
"""Characters of base64, which a photograph of 512×512 does not reach."""


def read_pixels(value: Any) -> Image.Image:
    """The RGB picture of `{"width": …, "height": …, "channels": 1 or 3, "data": "…"}`.

    `data` is base64 of the deflated (zlib) rows from the top. Raises Refused.
    """
    if not isinstance(value, Mapping):
        raise Refused(f"drawing must be an object, got {shown(value)}; draw on the page")
    size = (_side(value.get("width")), _side(value.get("height")))
    channels = value.get("channels")
    whole = channels if isinstance(channels, int) and not isinstance(channels, bool) else 0
    mode = MODES.get(whole)
    if mode is None:
        raise Refused(f"channels must be 1 or 3, got {shown(channels)}; draw on the page")
    rows = _unpacked(value.get("data"), size[0] * size[1] * whole)
    return Image.frombytes(mode, size, rows).convert("RGB")


def _side(value: Any) -> int:
    least, most = SIDES
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refused(
            f"a drawing's sides must have {least} to {most} pixels, got {shown(value)}; "
            "draw on the page"
        )
    return value


def _unpacked(text: Any, length: int) -> bytes:
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        came = f"{len(text):,}" if isinstance(text, str) else shown(text)
        raise Refused(
            f"a drawing's data must be a text of at most {MAX_TEXT:,} characters, got {came}; "
            "upload the picture instead"
        )
    unpacking = zlib.decompressobj()
    try:
        rows = unpacking.decompress(base64.b64decode(text, validate=True), length)
    except (binascii.Error, ValueError, zlib.error):
        raise Refused(
            "a drawing's data must be base64 of deflated rows, got something else; draw on the page"
        ) from None
    # One byte more than there may be is looked for, and no more than one is unpacked.
    is_longer = unpacking.unconsumed_tail and unpacking.decompress(unpacking.unconsumed_tail, 1)
    if len(rows) != length or is_longer:
        came = "more" if is_longer else f"{len(rows):,}"
        raise Refused(f"a drawing of that size has {length:,} bytes, got {came}; draw on the page")
    return rows
