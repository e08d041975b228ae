"""Picture file header: kind, size and what decoding costs, read without any decoder.

Only what is said here is opened afterwards, by the decoder of that kind alone, so a PostScript
program that calls itself a PNG never meets an interpreter.
"""

import struct
from dataclasses import dataclass
from typing import Literal

Kind = Literal["PNG", "JPEG", "WEBP", "GIF"]

MOST_SEGMENTS = 10_000
"""Of a JPEG, before its picture begins; cameras write a few dozen."""
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By colour type."""
_BASELINE = (0xC0, 0xC1)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN = 0xDA
_WITHOUT_LENGTH = frozenset({0x00, 0x01, *range(0xD0, 0xDA)})
"""Markers of JPEG."""


@dataclass(frozen=True)
class Header:
    """What a file says that it is. `width` and `height` are in pixels, as they are stored."""

    kind: Kind
    width: int
    height: int
    kept: float = 0.0
    """Bytes a pixel that a JPEG of several scans keeps until the last one: its coefficients."""
    is_narrow: bool = False
    """One byte a pixel is enough: greys, and colours by number."""

    def cost(self, longest: int) -> int:
        """Bytes that decoding takes at most, for a picture whose longer side is to be `longest`.

        Measured with Pillow 12.3. A JPEG is decoded small at once, and a WebP whole, in a decoder
        that keeps three pictures of it.
        """
        pixels = self.width * self.height
        if self.kind == "JPEG":
            most = min(self.width, self.height) // longest
            scale = next((one for one in (8, 4, 2) if most >= one), 1)
            return round(pixels * (self.kept + 4 / scale**2))
        if self.kind == "WEBP":
            return pixels * 20
        return pixels * (1 if self.is_narrow else 4)


def read_header(data: bytes) -> Header | None:
    """None for what is none of the four kinds. Raises ValueError for a header that is damaged."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data)
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
        if data.startswith((b"GIF87a", b"GIF89a")):
            width, height = struct.unpack_from("<HH", data, 6)
            return Header("GIF", width, height, is_narrow=True)
    except (struct.error, IndexError):
        raise ValueError("the header breaks off") from None
    return None


def _png(data: bytes) -> Header:
    if data[12:16] != b"IHDR":
        raise ValueError("a PNG begins with its size")
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    channels = _PNG_CHANNELS.get(colour)
    if channels is None:
        raise ValueError("an unknown type of colour")
    return Header("PNG", width, height, is_narrow=channels == 1 and depth <= 8)


def _webp(data: bytes) -> Header:
    form = data[12:16]
    if form == b"VP8X":
        low, middle, high, *rest = struct.unpack_from("<6B", data, 24)
        width = 1 + (low | middle << 8 | high << 16)
        height = 1 + (rest[0] | rest[1] << 8 | rest[2] << 16)
    elif form == b"VP8L":
        mark, bits = struct.unpack_from("<BI", data, 20)
        if mark != 0x2F:
            raise ValueError("no picture in it")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif form == b"VP8 ":
        start, wide, high = struct.unpack_from("<3sHH", data, 23)
        if start != b"\x9d\x01\x2a":
            raise ValueError("no picture in it")
        width, height = wide & 0x3FFF, high & 0x3FFF
    else:
        raise ValueError("an unknown form of WebP")
    return Header("WEBP", width, height)


def _jpeg(data: bytes) -> Header:
    """The segments up to the first scan, which tells whether it holds all channels."""
    frame: tuple[int, int, int, float] | None = None
    is_baseline, at = False, 2
    for _ in range(MOST_SEGMENTS):
        at = data.find(b"\xff", at)  # what lies between segments is skipped, as decoders do
        if at < 0:
            break
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if marker in _FRAMES:
            if frame is not None:
                raise ValueError("two sizes")
            frame, is_baseline = _frame(data, at), marker in _BASELINE
        elif marker == _SCAN and frame is not None:
            width, height, channels, kept = frame
            is_one_scan = is_baseline and data[at + 2] == channels
            return Header("JPEG", width, height, 0.0 if is_one_scan else kept)
        if marker not in _WITHOUT_LENGTH:
            at += max(2, *struct.unpack_from(">H", data, at))
    raise ValueError("no size before the picture")


def _frame(data: bytes, at: int) -> tuple[int, int, int, float]:
    """Width, height, channels, and the bytes of coefficients (two each) for one pixel."""
    height, width, channels = struct.unpack_from(">HHB", data, at + 3)
    samples = [data[at + 9 + 3 * number] for number in range(channels)]
    across, down = [one >> 4 for one in samples], [one & 15 for one in samples]
    if not (samples and all(across) and all(down)):
        raise ValueError("no channels")
    of_each = sum(x * y for x, y in zip(across, down, strict=True))
    return width, height, channels, 2 * of_each / (max(across) * max(down))
