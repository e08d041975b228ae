"""Puts a backup in the place of what a gallery holds: all of it, or nothing."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from gallery.backups import rows
from gallery.backups.archive import Archive
from gallery.backups.backup import PICTURE_FILE
from gallery.database.connection import Database
from gallery.errors import Invalid


def restore(database: Database, pictures: Path, archive: Archive, *, replace: bool = False) -> None:
    """Loads rows and pictures, and brings them to this program's form if they are older.

    Raises `Invalid`, before anything is touched, when the backup is newer than this program, or
    when the gallery holds something and `replace` is not said; `Unavailable`.
    """
    database.require_known(archive.manifest.revision, of="the backup's tables")
    with _taken_back_if_it_fails() as made, database.rebuild() as connection:
        if not replace and rows.are_there(connection):
            raise Invalid(
                "the gallery must be empty to restore a backup into it, got one with rows; "
                "back it up and say --replace, or choose another DATA_DIR or DATABASE_URL",
                field="file",
            )
        for name in archive.manifest.pictures:
            path = pictures / name
            if not path.exists():
                made.append(path)
                _write(path, archive.picture(name))
        try:
            _load(database, connection, archive)
        except (DataError, IntegrityError, KeyError, TypeError, ValueError) as error:
            raise Invalid(
                f"the backup's rows must fit its tables of revision {archive.manifest.revision}, "
                f"got some that do not ({type(error).__name__}); take another backup",
                field="file",
            ) from error
    if replace:
        _remove_others(pictures, archive)


def _load(database: Database, connection: Connection, archive: Archive) -> None:
    """Tables of the backup's form, its rows, then the migrations that came since."""
    migrations = database.migrations(connection)
    command.downgrade(migrations, "base")
    command.upgrade(migrations, archive.manifest.revision)
    metadata = rows.reflected(connection)
    unknown = archive.manifest.tables.keys() - metadata.tables.keys()
    if unknown:
        raise KeyError(*unknown)
    for table in metadata.sorted_tables:
        if table.name in archive.manifest.tables:
            rows.load(connection, table, archive.lines(table.name))
    rows.continue_numbers(connection, metadata)
    command.upgrade(migrations, "head")


@contextmanager
def _taken_back_if_it_fails() -> Iterator[list[Path]]:
    """Files that are put into the list are removed when the block fails."""
    made: list[Path] = []
    try:
        yield made
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        file.write(data)
    Path(file.name).replace(path)


def _remove_others(folder: Path, archive: Archive) -> None:
    """What the gallery showed before, and the backup does not know."""
    for path in folder.glob("*/*.webp"):
        name = path.relative_to(folder).as_posix()
        if PICTURE_FILE.fullmatch(name) and name not in archive.manifest.pictures:
            path.unlink(missing_ok=True)
