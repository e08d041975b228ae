"""Pictures that people hand in: checked, made anew as WebP, kept in files named by their content.

What is kept is what we encoded: no metadata, no second frame, nothing of the file that came. Files
are written before their row, and a row is removed before its files, so that every row has its
picture.
"""

import asyncio
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import Picture
from gallery.errors import Invalid, NotFound, TooMany, Unavailable
from inference.decoding.pool import Copies, decoding_pool
from inference.errors import Busy, InvalidImage

MAX_BYTES = 20 * 2**20
LARGEST = 2560
"""The longer side of what is kept, in pixels."""
WIDTHS = (480, 960)
"""Smaller copies, for cards and for pages; a picture that is not wider has none."""
CRISP = 512 * 512
"""Up to so many pixels, pictures without loss are kept without loss."""
FILE_NAME = re.compile(r"([0-9a-f]{64})(?:-\d+)?\.webp")
PER_HOUR = 200
"""Pictures that one account may hand in."""


@dataclass(frozen=True)
class Prepared:
    """A picture ready to be kept: `files` by width, the whole one under None."""

    digest: str
    width: int
    height: int
    files: Mapping[int | None, bytes]


def prepare(data: bytes) -> Prepared:
    """Checks and encodes, in its turn; for threads that may wait.

    Raises `Invalid` for what is no picture, or too large, or too small, and `Unavailable` when too
    many wait already.
    """
    with _told():
        return _prepared(_soon(lambda: data).result())


async def prepare_upload(file: BinaryIO) -> Prepared:
    """Like `prepare`; who waits for a turn takes neither a thread nor the file's memory."""
    with _told():
        return _prepared(await asyncio.wrap_future(_soon(lambda: file.read(MAX_BYTES + 1))))


def _soon(read: Callable[[], bytes]) -> Future[Copies]:
    return decoding_pool().copies(
        lambda: _bounded(read()), field="a picture", longest=LARGEST, widths=WIDTHS, crisp=CRISP
    )


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise Invalid(
            f"a picture may have {MAX_BYTES // 2**20} MB, got {len(data) / 2**20:.0f} MB; "
            "save it smaller",
            field="picture",
        )
    return data


def _prepared(copies: Copies) -> Prepared:
    whole = copies.files[None]
    return Prepared(hashlib.sha256(whole).hexdigest(), *copies.size, copies.files)


@contextmanager
def _told() -> Iterator[None]:
    """The core's errors as the gallery's own."""
    try:
        yield
    except InvalidImage as error:
        raise Invalid(str(error), field="picture") from None
    except Busy as error:
        raise Unavailable(str(error)) from None


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

    def untouched_since(self, then: datetime) -> set[str]:
        """Digests of files that were there before; what a broken write left is removed."""
        found = set()
        for path in self.folder.glob("??/*"):
            with suppress(OSError):  # it may go meanwhile
                if path.stat().st_mtime >= then.timestamp():
                    continue
                if match := FILE_NAME.fullmatch(path.name):
                    found.add(match[1])
                elif path.suffix == ".part":
                    path.unlink()
        return found

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
