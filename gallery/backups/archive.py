"""A backup as a file: a zip of one `tables/….jsonl` per table, the pictures, and a manifest.

The manifest comes last and names every part with its SHA-256, so a file that was cut off or
altered is noticed before anything is restored from it. Two backups of the same gallery at the same
time are the same bytes.
"""

import hashlib
import json
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from gallery.errors import Invalid

MANIFEST = "manifest.json"
CHUNK = 2**20
LARGEST_MANIFEST = 64 * 2**20
LARGEST_PICTURE = 32 * 2**20
LONGEST_ROW = 16 * 2**20
LARGEST_TABLE = 4 * 2**30
"""Bytes, unpacked and counted: what a zip says of itself may be untrue."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
TableName = Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
PictureName = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{2}/[0-9a-f]{64}(-\d+)?\.webp$")]

UNREADABLE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    ValueError,
    EOFError,
    IndexError,
    OverflowError,
    MemoryError,
    RuntimeError,  # a part that is encrypted, or of a kind that cannot be unpacked
)
"""What reading a zip raises that somebody wrote by hand, or a failing disk."""


class Manifest(BaseModel):
    """What a backup holds. The names' patterns keep it from reaching outside of its folders."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    made_at: AwareDatetime
    revision: str
    """The form of the tables."""
    rows: Mapping[TableName, Annotated[int, Field(ge=0)]]
    tables: Mapping[TableName, Sha256]
    pictures: Mapping[PictureName, Sha256]
    """By path inside the folder of pictures."""
    missing: tuple[Sha256, ...] = ()
    """Pictures that have a row and had no file when the backup was made."""


class ArchiveWriter:
    """Writes the parts, then `finish`; until then there is no backup under that name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        handle = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w")
        self.tables: dict[str, str] = {}
        self.rows: dict[str, int] = {}
        self.pictures: dict[str, str] = {}

    def add_table(self, name: str, lines: Iterator[bytes]) -> None:
        digest, count = hashlib.sha256(), 0
        entry = _entry(f"tables/{name}.jsonl", zipfile.ZIP_DEFLATED)
        with self._zip.open(entry, "w", force_zip64=True) as part:
            for line in lines:
                part.write(line)
                digest.update(line)
                count += 1
        self.tables[name], self.rows[name] = digest.hexdigest(), count

    def add_picture(self, name: str, path: Path) -> None:
        digest = hashlib.sha256()
        with (
            path.open("rb") as file,
            self._zip.open(_entry(f"pictures/{name}", zipfile.ZIP_STORED), "w") as part,
        ):
            while chunk := file.read(CHUNK):
                part.write(chunk)
                digest.update(chunk)
        self.pictures[name] = digest.hexdigest()

    def finish(self, manifest: Manifest) -> None:
        """The backup is there, and on the disk, when this returns."""
        whole = json.dumps(manifest.model_dump(mode="json"), sort_keys=True, indent=1)
        self._zip.writestr(_entry(MANIFEST, zipfile.ZIP_DEFLATED), whole)
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)

    def __enter__(self) -> "ArchiveWriter":
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._zip.close()
            self._file.close()
        finally:
            self._part.unlink(missing_ok=True)


class Archive:
    """A backup that was looked through from beginning to end, and is whole."""

    def __init__(self, opened: zipfile.ZipFile, manifest: Manifest, folder: Path | None) -> None:
        self._zip = opened
        self._folder = folder
        self.manifest = manifest

    def lines(self, table: str) -> Iterator[bytes]:
        """The rows of a table, one a line. Raises ValueError for one that is too long."""
        with self._zip.open(f"tables/{table}.jsonl") as part:
            while line := part.readline(LONGEST_ROW + 1):
                if len(line) > LONGEST_ROW:
                    raise ValueError(f"a row of {table} is longer than {LONGEST_ROW // 2**20} MB")
                yield line

    def picture(self, name: str) -> bytes:
        """A picture's file. Raises ValueError for one that is too large."""
        if self._folder is not None:
            with (self._folder / name).open("rb") as file:
                return _bounded(file, LARGEST_PICTURE, f"picture {name}")
        with self._zip.open(f"pictures/{name}") as part:
            return _bounded(part, LARGEST_PICTURE, f"picture {name}")

    def verify(self) -> None:
        """Raises KeyError, OSError, ValueError or zipfile's errors at the first difference."""
        if self.manifest.rows.keys() != self.manifest.tables.keys():
            raise ValueError("its manifest counts the rows of other tables than it names")
        for name, expected in self.manifest.tables.items():
            digest, size, rows = hashlib.sha256(), 0, 0
            with self._zip.open(f"tables/{name}.jsonl") as part:
                while chunk := part.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    rows += chunk.count(b"\n")
                    if size > LARGEST_TABLE:
                        raise ValueError(f"table {name} has more than {LARGEST_TABLE >> 30} GB")
            _require_same(f"table {name}", digest.hexdigest(), expected)
            if rows != self.manifest.rows[name]:
                raise ValueError(f"table {name} has {rows:,} rows, not as many as were written")
        for name, expected in self.manifest.pictures.items():
            digest = hashlib.sha256(self.picture(name))
            _require_same(f"picture {name}", digest.hexdigest(), expected)


@contextmanager
def open_archive(path: Path, *, pictures: Path | None = None) -> Iterator[Archive]:
    """Opens and verifies a backup; its pictures lie in the folder `pictures` if that is given.

    Raises `Invalid` when the file is not a whole backup, and OSError when it cannot be read.
    """
    with path.open("rb") as file:
        try:
            opened = zipfile.ZipFile(file)
            with opened.open(MANIFEST) as part:
                told = _bounded(part, LARGEST_MANIFEST, "its manifest")
            manifest = Manifest.model_validate_json(told)
            archive = Archive(opened, manifest, pictures)
            archive.verify()
        except ValidationError as error:
            raise _damaged(path, f"its manifest does not fit: {error.errors()[0]['msg']}") from None
        except KeyError as error:
            raise _damaged(path, f"a part is missing: {error.args[0]}") from None
        except UNREADABLE as error:
            raise _damaged(path, str(error) or type(error).__name__) from None
        yield archive


def digest_of(path: Path) -> str:
    """A file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bounded(part: IO[bytes], most: int, what: str) -> bytes:
    """All of it, of which no more than `most` bytes are unpacked. Raises ValueError."""
    read = bytearray()
    while chunk := part.read(CHUNK):
        read += chunk
        if len(read) > most:
            raise ValueError(f"{what} has more than {most // 2**20} MB")
    return bytes(read)


def _require_same(part: str, got: str, expected: str) -> None:
    if got != expected:
        raise ValueError(f"{part} is not what was written")


def _entry(name: str, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # its time is 1980, whenever the backup is made
    entry.compress_type = compression
    entry.external_attr = 0o600 << 16
    return entry


def _damaged(path: Path, why: str) -> Invalid:
    return Invalid(
        f"{path.name} must be a whole backup of a gallery, got one that is damaged or something "
        f"else ({why}); take another one",
        field="file",
    )
