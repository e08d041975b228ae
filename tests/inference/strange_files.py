"""Files that strangers send as pictures: other formats, broken headers, and bombs."""

import io
import struct
import zlib

from PIL import Image, PngImagePlugin

KINDS = ("PNG", "JPEG", "WEBP", "GIF")


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def noise(width: int = 64, height: int = 48) -> Image.Image:
    """Colourful, so that no kind of file makes it tiny."""
    grey = [Image.effect_noise((width, height), 90) for _ in range(3)]
    return Image.merge("RGB", grey)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *chunks: bytes, colour: int = 2) -> bytes:
    """A PNG of that size, with `chunks` after its header and next to no pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + body


def exif_bomb(tags: int = 40_000) -> bytes:
    """EXIF in which each of many tags says that it is nearly as long as all of them together."""
    length = 12 * tags
    entries = b"".join(struct.pack("<HHII", 256 + n, 7, length - 8, 8) for n in range(tags))
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, tags) + entries + b"\0\0\0\0"


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(kind + struct.pack("<I", len(data)) + data for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def huge_webp(width: int = 7000, height: int = 7000) -> bytes:
    """49 million pixels of one colour in a few kilobytes."""
    return encoded(Image.new("RGB", (width, height), "teal"), "WEBP", method=0, quality=0)


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 200 200\n%%EndComments\n"
_JFIF = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
_FRAME = b"\xff\xc0\0\x11\x08\0\x40\0\x40\3\1\x22\0\2\x11\1\3\x11\1"

FOREIGN = {
    "eps that loops": EPS + b"{ } loop\n",
    "eps": EPS + b"1 0 0 setrgbcolor 20 20 160 160 rectfill showpage\n%%EOF\n",
    "bmp header": b"BM" + bytes(60),
    "bmp": encoded(Image.new("RGB", (64, 64)), "BMP"),
    "qoi header": b"qoif\0\0\1\0\0\0\1\0\3\0",
    "webp cut in its header": b"RIFF\0\0\0\0WEBPVP8 ",
    "webp of another form": b"RIFF\x20\0\0\0WEBPJUNK" + bytes(32),
    "riff of sound": b"RIFF\x24\0\0\0WAVEfmt " + bytes(32),
    "tiff": encoded(Image.new("RGB", (64, 64)), "TIFF"),
    "ico": encoded(Image.new("RGB", (64, 64)), "ICO"),
    "ppm": b"P6 64 64 255\n" + bytes(64 * 64 * 3),
    "pcx": encoded(Image.new("RGB", (64, 64)), "PCX"),
    "tga": encoded(Image.new("RGB", (64, 64)), "TGA"),
    "jpeg 2000": encoded(Image.new("RGB", (64, 64)), "JPEG2000"),
    "avif": encoded(Image.new("RGB", (64, 64)), "AVIF"),
    "psd header": b"8BPS\0\1" + bytes(30),
    "pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "text": b"hello, I am a text",
    "xpm": b'/* XPM */\nstatic char *a[] = {"16 16 1 1", "a c #000"};',
    "png without its size": b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b"") + chunk(b"IEND", b""),
    "png signature": b"\x89PNG\r\n\x1a\n",
    "png of unknown colours": png(64, 64, colour=5),
    "gif signature": b"GIF89a",
    "jpeg marker": b"\xff\xd8\xff",
    "jpeg without a size": _JFIF + b"\xff\xda\0\x08\1\1\0\0\x3f\0",
    "jpeg of two sizes": _JFIF + _FRAME + _FRAME + b"\xff\xda\0\x0c\3\1\0\2\x11\3\x11\0\x3f\0",
    "jpeg without channels": _JFIF + b"\xff\xc0\0\x08\x08\0\x40\0\x40\0\xff\xda\0\2",
    "jpeg of endless segments": b"\xff\xd8" + b"\xff\xe1\0\2" * 20_000,
}
"""Refused by what stands at their beginning: no decoder is started."""

DAMAGED = {
    "png without pixels": png(200, 200),
    "png whose colours are missing": png(64, 64, colour=3),
    "png with a wrong sum": encoded(noise())[:40] + b"\xff\xff" + encoded(noise())[42:],
    "png of packed text": png(64, 64, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8)))),
    "png of much text": png(64, 64, *[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**20)))] * 80),
    "png of a packed profile": png(64, 64, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(10**8)))),
    "jpeg without pictures": _JFIF + _FRAME + b"\xff\xda\0\x0c\3\1\0\2\x11\3\x11\0\x3f\0",
    "jpeg cut": encoded(noise(300, 300), "JPEG")[:900],
    "gif without a picture": b"GIF89a\x40\0\x40\0\0\0\0;",
    "gif cut": encoded(noise(), "GIF")[:-900],
    "webp of a canvas alone": webp((b"VP8X", b"\0\0\0\0\x3f\0\0\x3f\0\0")),
    "webp cut": encoded(noise(), "WEBP")[:-200],
    "webp whose sizes differ": webp(
        (b"VP8X", b"\0\0\0\0\x7f\0\0\x7f\0\0"),
        (b"VP8 ", encoded(noise(), "WEBP")[20:]),
    ),
}
"""They begin like a picture."""

TOO_LARGE = {
    "webp of 49 million pixels": huge_webp(),
    "png of 81 million pixels": png(9000, 9000),
    "png of 3,600 million pixels": png(60_000, 60_000),
    "gif whose picture grows": b"GIF89a\x40\0\x40\0\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\2\2\x44\1\0;",
    "gif of 4,000 million pixels": b"GIF89a" + b"\xff" * 4 + bytes(20),
}

BOMBS = {
    "jpeg whose EXIF unpacks": encoded(noise(), "JPEG", exif=exif_bomb(5_000)),
    "png whose EXIF unpacks": encoded(noise())[:33]
    + chunk(b"eXIf", exif_bomb()[6:])
    + encoded(noise())[33:],
}
"""Pictures that are whole, with what takes gigabytes beside them."""


def animation(kind: str) -> bytes:
    """Red, then blue: a GIF, a WebP or an animated PNG."""
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:])


def with_text(image: Image.Image, **texts: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        info.add_text(key, text)
    return encoded(image, pnginfo=info)
