"""Pictures that people hand in: checked, made anew as WebP, kept in files named by their content.

A picture is decoded only after its bytes and its pixels were counted, and what is kept is what we
encoded: no metadata, no second frame, nothing of the file that came. Files are written before
their row, and a row is removed before its files, so that every row has its picture.
"""

import hashlib
import io
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gallery.database.log import record
from gallery.database.tables import Picture
from gallery.errors import Invalid, NotFound, TooMany
from gallery.people.actor import Actor

MAX_BYTES = 20 * 2**20
MAX_PIXELS = 50_000_000
"""A phone's largest photographs; decoded, about 150 MB."""
MIN_SIDE = 16
LARGEST = 2560
"""The longer side of what is kept, in pixels."""
WIDTHS = (480, 960)
"""Smaller copies, for cards and for pages; a picture that is not wider has none."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
CRISP = 512 * 512
"""Up to so many pixels, pictures without loss are kept without loss."""
PER_HOUR = 200
"""Pictures that one account may hand in."""

_decoding = threading.Semaphore(2)
"""Few at a time, since each may take the memory of `MAX_PIXELS`."""


@dataclass(frozen=True)
class Prepared:
    """A picture ready to be kept: `files` by width, the whole one under None."""

    digest: str
    width: int
    height: int
    files: Mapping[int | None, bytes]


def prepare(data: bytes) -> Prepared:
    """Checks and encodes; raises `Invalid` for what is no picture, or too large, or too small."""
    if len(data) > MAX_BYTES:
        raise Invalid(
            f"a picture may have {MAX_BYTES // 2**20} MB, got {len(data) / 2**20:.0f} MB; "
            "save it smaller",
            field="picture",
        )
    with _decoding:
        image, is_crisp = _decoded(data)
        whole = _encoded(image, is_crisp=is_crisp)
        files: dict[int | None, bytes] = {None: whole}
        for width in WIDTHS:
            if image.width > width:
                height = max(1, round(image.height * width / image.width))
                smaller = image.resize((width, height), Image.Resampling.LANCZOS)
                files[width] = _encoded(smaller, is_crisp=False)
    return Prepared(hashlib.sha256(whole).hexdigest(), image.width, image.height, files)


def _decoded(data: bytes) -> tuple[Image.Image, bool]:
    """The first frame, upright, at most `LARGEST` long; and whether it came without loss."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _require_size(image)
            kind = image.format
            image.draft("RGB", (LARGEST, LARGEST))  # JPEG decodes to about this size at once
            image.load()
            upright = ImageOps.exif_transpose(image)
            mode = "RGBA" if upright.has_transparency_data else "RGB"
            upright = upright.convert(mode)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels("far more") from None
    except UnidentifiedImageError:
        raise Invalid(
            "a picture must be a PNG, JPEG, WebP or GIF file, got something else; "
            "save it as one of them",
            field="picture",
        ) from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError):
        raise Invalid(
            "this picture is damaged and cannot be read to its end; save it again",
            field="picture",
        ) from None
    upright.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return upright, kind in ("PNG", "GIF") and upright.width * upright.height <= CRISP


def _require_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _too_many_pixels(f"{width}×{height}")
    if min(width, height) < MIN_SIDE or max(width, height) > 20 * min(width, height):
        raise Invalid(
            f"a picture must be at least {MIN_SIDE} pixels on each side and at most 20 times as "
            f"long as it is wide, got {width}×{height}; choose another",
            field="picture",
        )


def _too_many_pixels(got: str) -> Invalid:
    return Invalid(
        f"a picture may have {MAX_PIXELS // 10**6} million pixels, got {got}; save it smaller",
        field="picture",
    )


def _encoded(image: Image.Image, *, is_crisp: bool) -> bytes:
    stream = io.BytesIO()
    # A copy without `info`: the EXIF data and comments that Pillow would carry over stay out.
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    bare.save(stream, "WEBP", lossless=is_crisp, quality=80 if is_crisp else 88, method=4)
    return stream.getvalue()


@dataclass(frozen=True)
class PictureStore:
    """The folder of pictures: `ab/abcdef….webp`, and `ab/abcdef…-480.webp` beside it."""

    folder: Path

    def write(self, picture: Prepared) -> None:
        """Writes what is missing; a file is there whole or not at all."""
        for width, data in picture.files.items():
            path = self._place(picture.digest, width)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                with _whole_file(path) as file:
                    file.write(data)

    def path(self, digest: str, width: int | None = None) -> Path:
        """The file to show at `width`: the whole picture when it is no wider. `NotFound`."""
        if len(digest) == 64 and set(digest) <= set("0123456789abcdef"):
            for path in (self._place(digest, width), self._place(digest, None)):
                if path.exists():
                    return path
        raise NotFound("there is no picture at this address")

    def remove(self, digest: str) -> None:
        for width in (None, *WIDTHS):
            self._place(digest, width).unlink(missing_ok=True)

    def _place(self, digest: str, width: int | None) -> Path:
        name = digest if width is None else f"{digest}-{width}"
        return self.folder / digest[:2] / f"{name}.webp"


@contextmanager
def _whole_file(path: Path) -> Iterator[io.BufferedIOBase]:
    """Renamed into place once it is on the disk, so that no crash leaves half a picture."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def keep(
    session: Session, actor: Actor, now: datetime, *, store: PictureStore, picture: Prepared
) -> Picture:
    """Stores a picture; the same one twice is one. Call `store.write(picture)` just before.

    Raises `NotSignedIn`, and `TooMany` above `PER_HOUR` for one account.
    """
    if not actor.is_program:
        account_id = actor.require_account("upload pictures")
        _require_pace(session, account_id, now)
    row = session.get(Picture, picture.digest)
    store.write(picture)  # again, for a sweep may have come between
    if row is not None:
        row.created_at = now
        return row
    row = Picture(
        digest=picture.digest,
        width=picture.width,
        height=picture.height,
        size=sum(map(len, picture.files.values())),
        created_at=now,
        account_id=actor.account_id,
    )
    session.add(row)
    record(session, actor, now, "picture.kept", subject=("picture", row.digest), event=None)
    return row


def _require_pace(session: Session, account_id: int, now: datetime) -> None:
    hour = timedelta(hours=1)
    recent = session.scalar(
        select(func.count())
        .select_from(Picture)
        .where(Picture.account_id == account_id, Picture.created_at > now - hour)
    )
    if (recent or 0) >= PER_HOUR:
        raise TooMany(
            f"one account may upload {PER_HOUR} pictures an hour; go on in an hour",
            retry_after=int(hour.total_seconds()),
        )
