"""Backup pictures: each is what its name says and can be shown, or it is left out.

A picture that was spoilt on the disk before the backup was made is no reason to lose the rest.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from pathlib import PurePosixPath

from gallery.backups.archive import Archive
from gallery.errors import Unavailable
from inference.decoding.header import read_header
from inference.decoding.pool import Pixels, decoding_pool
from inference.errors import Busy, InvalidImage

AT_ONCE = 4
LOOKED_AT = 64
"""Pixels: a picture is decoded whole, and looked at small."""


def whole_pictures(archive: Archive, names: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
    """Each picture's name and file, or None where it is none of the gallery's.

    Raises `Unavailable` where no picture can be decoded now.
    """
    waiting: deque[tuple[str, bytes, Future[Pixels]]] = deque()
    for name in names:
        data = archive.picture(name)
        if not _is_named_right(name, data):
            yield name, None
            continue
        waiting.append((name, data, _looked_at(data)))
        if len(waiting) == AT_ONCE:
            yield _done(*waiting.popleft())
    while waiting:
        yield _done(*waiting.popleft())


def _looked_at(data: bytes) -> Future[Pixels]:
    return decoding_pool().pixels(lambda: data, field="a picture", longest=LOOKED_AT)


def _done(name: str, data: bytes, looked_at: Future[Pixels]) -> tuple[str, bytes | None]:
    try:
        looked_at.result()
    except InvalidImage:
        return name, None
    except Busy as error:
        raise Unavailable(str(error)) from None
    return name, data


def _is_named_right(name: str, data: bytes) -> bool:
    """WebP, and the whole picture has its name from its content."""
    stem = PurePosixPath(name).stem
    try:
        header = read_header(data)
    except ValueError:
        return False
    is_smaller = "-" in stem
    return (
        header is not None
        and header.kind == "WEBP"
        and (is_smaller or hashlib.sha256(data).hexdigest() == stem)
    )
