"""Image folder: pictures with captions from a table, from files beside them, or their names.

A table is `metadata.jsonl`, `.csv` or `.parquet` with `file_name` (or `image`) and `text`, as the
Hub's viewer reads it; rows may have a map as well. Without one, `cat.txt` is the caption of
`cat.png`, and where no picture has such a file, names are: `a-red_apple.png` says "a red apple".
"""

import csv
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

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
    spans,
)

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})
TABLES = ("metadata.jsonl", "metadata.csv", "meta.jsonl", "metadata.parquet")
FILE_COLUMNS = ("file_name", *IMAGE_COLUMNS)
MOST_TEXT = 65_536
"""Bytes of a caption's file that are read."""


@dataclass(frozen=True)
class Entry:
    """A picture in the folder: paths relative to it, its caption or where that stands."""

    image: str
    text: str | None
    conditioning: str | None = None
    columns: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class FolderPart:
    """Some entries of a folder. `text` None is read from the file beside the picture."""

    root: Path
    entries: tuple[Entry, ...]

    @property
    def rows(self) -> int:
        return len(self.entries)

    def read(self, skip: int) -> Iterator[Sample | Missing]:
        for entry in self.entries[skip:]:
            try:
                yield self._sample(entry)
            except OSError as error:
                yield Missing(entry.image, f"its file cannot be read ({error.strerror or error})")

    def _sample(self, entry: Entry) -> Sample:
        text = entry.text
        if text is None:
            beside = (self.root / entry.image).with_suffix(".txt")
            text = caption(_begin(beside, MOST_TEXT)) if beside.is_file() else ""
        mapped = entry.conditioning
        return Sample(
            key=entry.image,
            image=_begin(_inside(self.root, entry.image), MAX_BYTES + 1),
            text=text,
            conditioning=(mapped and _begin(_inside(self.root, mapped), MAX_BYTES + 1)) or None,
            columns=dict(entry.columns),
        )


def open_folder(root: Path, *, rows: int, limit: int | None) -> Source:
    """The pictures of a folder and all folders in it, `rows` a part. Raises UnusableDataset."""
    table = next((root / name for name in TABLES if (root / name).is_file()), None)
    entries = _from_table(table) if table else _from_files(root)
    entries = entries[:limit]
    if not entries:
        raise UnusableDataset(
            f"{root} must hold pictures ({', '.join(sorted(SUFFIXES))}), Parquet files or .tar "
            "files of them, got none; check the path"
        )
    digest = hashlib.blake2b(digest_size=16)
    for entry in entries:
        path = root / entry.image
        size = path.stat().st_size if path.is_file() else -1
        digest.update(repr((entry, size)).encode())
    return Source(
        title=root.resolve().name,
        parts=tuple(
            FolderPart(root, tuple(entries[start:stop]))
            for start, stop in spans(len(entries), rows)
        ),
        columns=tuple(sorted({name for entry in entries for name, _ in entry.columns})),
        has_maps=all(entry.conditioning for entry in entries),
        fingerprint=digest.hexdigest(),
    )


def spoken(name: str) -> str:
    """What a file's name says: `03_a-red_apple (2).png` is "a red apple"."""
    stem = re.sub(r"[\s_\-.]+", " ", Path(name).stem)
    stem = re.sub(r"^\d+ (?=\D)|(?<=\D) ?\(?\d+\)?$", "", stem)
    return "" if re.fullmatch(r"[\da-f ]*", stem) else stem.strip()


def _from_files(root: Path) -> list[Entry]:
    found = sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    )
    if any((root / name).with_suffix(".txt").is_file() for name in found):
        return [Entry(name, None) for name in found]
    return [Entry(name, spoken(name)) for name in found]


def _from_table(table: Path) -> list[Entry]:
    rows = _rows(table)
    if not rows:
        return []
    known = set().union(*rows)
    image = next((name for name in FILE_COLUMNS if name in known), None)
    if image is None:
        raise UnusableDataset(
            f"{table} must name each row's picture in a column file_name, got the columns "
            f"{', '.join(sorted(known))}; rename one of them"
        )
    text = next((name for name in TEXT_COLUMNS if name in known), None)
    mapped = next((name for name in MAP_COLUMNS if name in known and name != image), None)
    taken = {image, text, mapped}
    return [
        Entry(
            image=str(row.get(image) or ""),
            text=caption(row.get(text)) if text else spoken(str(row.get(image))),
            conditioning=str(row[mapped]) if mapped and row.get(mapped) else None,
            columns=tuple((name, row[name]) for name in sorted(row) if name not in taken),
        )
        for row in rows
    ]


def _rows(table: Path) -> list[Mapping[str, Any]]:
    try:
        if table.suffix == ".parquet":
            return pq.read_table(table).to_pylist()
        with table.open(encoding="utf-8-sig", newline="") as file:
            if table.suffix == ".csv":
                return [{key: row[key] for key in row if key} for row in csv.DictReader(file)]
            rows = [json.loads(line) for line in file if line.strip()]
    except (OSError, ValueError, RecursionError, csv.Error, pa.ArrowException) as error:
        raise UnusableDataset(
            f"{table} must be a table that can be read, got {str(error).splitlines()[0]}; mend it"
        ) from error
    if not all(isinstance(row, dict) for row in rows):
        raise UnusableDataset(f"{table} must hold one JSON object a line, got others; mend it")
    return rows


def _inside(root: Path, name: str) -> Path:
    """A file of the folder: the table may be a stranger's, and must not name others. Links are
    followed, since the Hub's client keeps files elsewhere and links to them."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise OSError(None, "it lies outside the folder")
    return root / name


def _begin(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(min(path.stat().st_size, most))
