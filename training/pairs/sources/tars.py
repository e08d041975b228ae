"""Webdataset: .tar files whose members of one name are one sample.

`000012.jpg`, `000012.txt` (the caption) and `000012.json` (all else, as img2dataset writes it)
stand one after the other. A tar is a part, since what begins a sample is only seen on the way.
"""

import hashlib
import json
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from inference.decoding.admission import MAX_BYTES
from training.errors import UnusableDataset
from training.pairs.sources.source import (
    IMAGE_COLUMNS,
    MAP_COLUMNS,
    TEXT_COLUMNS,
    Missing,
    Sample,
    Source,
    caption,
)

SUFFIXES = frozenset({"jpg", "jpeg", "png", "webp", "gif"})
MAPS = frozenset(f"{name}.{suffix}" for name in MAP_COLUMNS for suffix in SUFFIXES)
MOST_TEXT = 2**20
"""Bytes of a caption or of what is said beside it."""


@dataclass
class _Members:
    """The members of one sample, by what follows the first dot of their names."""

    key: str
    found: dict[str, tarfile.TarInfo] = field(default_factory=dict)


@dataclass(frozen=True)
class TarPart:
    """One file; `rows` samples of it."""

    path: Path
    rows: int

    def read(self, skip: int) -> Iterator[Sample | Missing]:
        with self.path.open("rb") as file:
            for members in islice(_samples(file), skip, self.rows):
                yield _read(file, f"{self.path.name}/{members.key}", members.found)


def open_tars(paths: Sequence[Path], *, title: str, limit: int | None = None) -> Source:
    """All samples of these files. Raises UnusableDataset."""
    digest = hashlib.blake2b(digest_size=16)
    parts: list[TarPart] = []
    columns: set[str] = set()
    has_maps = True
    left = limit
    for path in paths:
        if left == 0:
            break
        with path.open("rb") as file:
            try:
                samples = list(_samples(file))
            except (tarfile.TarError, OSError) as error:
                raise UnusableDataset(
                    f"{path} must be a .tar file, got one that cannot be read "
                    f"({str(error)[:80]}); download it again"
                ) from error
            if samples:
                columns |= _said(file, samples[0].found).keys()
                has_maps &= not MAPS.isdisjoint(samples[0].found)
        digest.update(f"{path.name} {path.stat().st_size} {len(samples)}".encode())
        count = len(samples) if left is None else min(left, len(samples))
        left = None if left is None else left - count
        parts.append(TarPart(path, count))
    if not any(part.rows for part in parts):
        raise UnusableDataset(
            f"{title} must have pictures in its .tar files, got none; check the files"
        )
    return Source(
        title=title,
        parts=tuple(parts),
        columns=tuple(sorted(columns - set(TEXT_COLUMNS))),
        has_maps=has_maps,
        fingerprint=digest.hexdigest(),
    )


def _samples(file: IO[bytes]) -> Iterator[_Members]:
    """Those that have a picture. Only headers are read: members are found by their offsets."""
    members: _Members | None = None
    with tarfile.open(fileobj=file, mode="r:") as tar:
        for member in tar:
            if not member.isfile() or Path(member.name).name.startswith("."):
                continue
            folder, _, name = member.name.rpartition("/")
            stem, _, suffix = name.partition(".")
            key = f"{folder}/{stem}" if folder else stem
            if members is None or members.key != key:
                if members is not None and _picture(members.found):
                    yield members
                members = _Members(key)
            members.found[suffix.lower()] = member
    if members is not None and _picture(members.found):
        yield members


def _picture(found: dict[str, tarfile.TarInfo]) -> str | None:
    """The suffix of the member that is the picture."""
    named = [f"{column}.{suffix}" for column in IMAGE_COLUMNS for suffix in sorted(SUFFIXES)]
    return next((suffix for suffix in (*sorted(SUFFIXES), *named) if suffix in found), None)


def _read(file: IO[bytes], key: str, found: dict[str, tarfile.TarInfo]) -> Sample | Missing:
    suffix = _picture(found)
    assert suffix is not None
    image = _content(file, found[suffix], MAX_BYTES + 1)
    if not image:
        return Missing(key, "its file is empty")
    said = _said(file, found)
    text = next((said.pop(name) for name in TEXT_COLUMNS if said.get(name)), "")
    if "txt" in found:
        text = _content(file, found["txt"], MOST_TEXT)
    conditioning = next((found[name] for name in sorted(MAPS) if name in found), None)
    return Sample(
        key=key,
        image=image,
        text=caption(text),
        conditioning=_content(file, conditioning, MAX_BYTES + 1) if conditioning else None,
        columns=said,
    )


def _said(file: IO[bytes], found: dict[str, tarfile.TarInfo]) -> dict[str, Any]:
    """What the sample's JSON says; nothing where that is none."""
    if "json" not in found:
        return {}
    try:
        said = json.loads(_content(file, found["json"], MOST_TEXT))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _content(file: IO[bytes], member: tarfile.TarInfo, most: int) -> bytes:
    at = file.tell()
    file.seek(member.offset_data)
    content = file.read(min(member.size, most))
    file.seek(at)
    return content
