"""Makes a backup while people go on writing: the rows are those of one moment."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, text

from gallery.backups import rows
from gallery.backups.archive import ArchiveWriter, Manifest, digest_of
from gallery.database.connection import Database
from gallery.database.tables import Picture

PICTURE_FILE = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})(?:-\d+)?\.webp")


def back_up(database: Database, pictures: Path, path: Path, *, now: datetime) -> Manifest:
    """Writes the whole gallery to the file `path`, which is there only when it is whole.

    Raises `Unavailable`, and OSError when the file cannot be written.
    """
    with ArchiveWriter(path) as archive:
        revision, digests = _add_tables(archive, database)
        files = picture_files(pictures, digests)
        for name in files:
            archive.add_picture(name, pictures / name)
        manifest = _manifest(archive, now, revision, digests)
        archive.finish(manifest)
    return manifest


def back_up_rows(
    database: Database, pictures: Path, path: Path, *, now: datetime, known: dict[str, str]
) -> Manifest:
    """Like `back_up`, but the pictures are named alone, and are to be kept beside the file.

    `known` remembers their digests from one time to the next: a picture's file never changes.
    """
    with ArchiveWriter(path) as archive:
        revision, digests = _add_tables(archive, database)
        for name in picture_files(pictures, digests):
            if name not in known:
                known[name] = digest_of(pictures / name)
            archive.pictures[name] = known[name]
        manifest = _manifest(archive, now, revision, digests)
        archive.finish(manifest)
    return manifest


def picture_files(folder: Path, digests: Iterable[str]) -> Iterator[str]:
    """The files of these pictures, by path inside the folder, in order."""
    wanted = set(digests)
    found = (path.relative_to(folder).as_posix() for path in folder.glob("*/*.webp"))
    for name in sorted(found):
        match = PICTURE_FILE.fullmatch(name)
        if match and match[1] in wanted:
            yield name


def _add_tables(archive: ArchiveWriter, database: Database) -> tuple[str, list[str]]:
    """All rows of one moment; gives the tables' revision and the digests of the pictures."""
    with database.read() as session:
        digests = list(session.scalars(select(Picture.digest).order_by(Picture.digest)))
        for table in rows.kept_tables():
            archive.add_table(table.name, rows.dump(session, table))
        revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    assert revision is not None, "a gallery migrates before it serves"
    return revision, digests


def _manifest(
    archive: ArchiveWriter, now: datetime, revision: str, digests: Iterable[str]
) -> Manifest:
    there = {Path(name).stem for name in archive.pictures}
    return Manifest(
        made_at=now,
        revision=revision,
        rows=archive.rows,
        tables=archive.tables,
        pictures=archive.pictures,
        missing=tuple(digest for digest in digests if digest not in there),
    )
