"""What was acknowledged is on the disk, and nobody waits for the disk on another's behalf."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from gallery.database import engine
from gallery.database.connection import Database
from gallery.database.tables import Account
from gallery.errors import Unavailable
from tests.gallery.database.conftest import UseCase
from tests.gallery.databases import sync


def names(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(Account.name)))


def test_the_log_is_synchronised_before_a_write_is_over(
    sqlite_address: str, join: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(sqlite_address)
    log = Path(f"{database.url.database}-wal")
    found: list[tuple[int, set[str]]] = []
    monkeypatch.setattr(engine, "sync", sync)
    monkeypatch.setattr(
        os, "fsync", lambda opened: found.append((os.fstat(opened).st_ino, names(database)))
    )
    with database.write() as session:
        join(session, "ada-l")
    assert found == [(log.stat().st_ino, {"ada-l"})]
    database.close()


def test_others_write_while_one_waits_for_the_disk(
    sqlite_address: str, join: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(sqlite_address)
    waits, turns = threading.Event(), threading.Event()

    def write(name: str) -> None:
        with database.write() as session:
            join(session, name)

    def wait(_log: Path) -> None:
        waits.set()
        assert turns.wait(60)

    monkeypatch.setattr(engine, "sync", wait)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(write, "ada-l")
        assert waits.wait(60)
        monkeypatch.setattr(engine, "sync", lambda _log: None)
        write("grace-h")
        assert not first.done()
        turns.set()
        first.result()
    assert names(database) == {"ada-l", "grace-h"}
    database.close()


def test_a_disk_that_fails_is_told_and_nothing_is_acknowledged(
    sqlite_address: str, join: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(sqlite_address)

    def fail(_log: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(engine, "sync", fail)
    with pytest.raises(Unavailable, match="reload to see"), database.write() as session:
        join(session, "ada-l")
    database.close()


@pytest.mark.parametrize(("journal", "level"), [("wal", 1), ("delete", 2)])
def test_a_commit_waits_for_the_disk_itself_where_there_is_no_log(
    journal: engine.Journal, level: int, tmp_path: Path
) -> None:
    """As SQLite counts: 1 is NORMAL, 2 is FULL."""
    engines = engine.build_engines(
        engine.parse_address(f"sqlite:///{tmp_path / 'gallery.db'}"), journal=journal
    )
    connection = engines.reading.raw_connection()
    (found,) = connection.cursor().execute("PRAGMA synchronous").fetchone()
    connection.close()
    engines.settle()
    engines.reading.dispose()
    assert found == level
