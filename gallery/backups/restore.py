"""Puts a backup in the place of what a gallery holds: all of it, or nothing."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from gallery.backups import rows
from gallery.backups.archive import UNREADABLE, Archive
from gallery.backups.backup import PICTURE_FILE
from gallery.backups.pictures import whole_pictures
from gallery.database.connection import Database
from gallery.errors import Invalid

MISFITS = (SQLAlchemyError, LookupError, TypeError, AttributeError, *UNREADABLE)
"""What rows raise that are not those of a gallery."""


def restore(
    database: Database, pictures: Path, archive: Archive, *, replace: bool = False
) -> tuple[str, ...]:
    """Loads rows and pictures, and brings them to this program's form if they are older.

    Gives the names of pictures that were left out, since they cannot be shown. Raises `Invalid`,
    before anything is touched, when the backup is newer than this program, or when the gallery
    holds something and `replace` is not said; `Invalid` too for what does not fit; `Unavailable`.
    """
    database.require_known(archive.manifest.revision, of="the backup's tables")
    left_out = []
    with _taken_back_if_it_fails() as made, database.rebuild() as connection:
        if not replace and rows.are_there(connection):
            raise Invalid(
                "the gallery must be empty to restore a backup into it, got one with rows; "
                "back it up and say --replace, or choose another DATA_DIR or DATABASE_URL",
                field="file",
            )
        missing = (name for name in archive.manifest.pictures if not (pictures / name).exists())
        for name, data in whole_pictures(archive, missing):
            if data is None:
                left_out.append(name)
                continue
            made.append(pictures / name)
            _write(pictures / name, data)
        try:
            _load(database, connection, archive)
        except OperationalError:
            raise  # the database's trouble, not the backup's
        except MISFITS as error:
            raise Invalid(
                f"the backup's rows must fit its tables of revision {archive.manifest.revision}, "
                f"got some that do not ({type(error).__name__}); take another backup",
                field="file",
            ) from error
    if replace:
        _remove_others(pictures, archive)
    return tuple(left_out)


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
    if connection.dialect.name == "sqlite" and _points_nowhere(connection):
        raise LookupError("rows that point to others which are not there")
    rows.continue_numbers(connection, metadata)
    command.upgrade(migrations, "head")


def _points_nowhere(connection: Connection) -> bool:
    """PostgreSQL has looked at every row by then."""
    return connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None


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
