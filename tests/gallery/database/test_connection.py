"""Transactions: whole or not at all, one writer at a time, readers undisturbed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from gallery.database import connection
from gallery.database.connection import Database
from gallery.database.tables import Account, Like
from gallery.errors import Invalid
from tests.gallery.database.conftest import NOW, UseCase


def names(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(Account.name)))


def test_what_was_written_is_there(database: Database, join: UseCase) -> None:
    with database.write() as session:
        join(session, "ada-l")
    assert names(database) == {"ada-l"}


def test_what_is_changed_while_reading_is_thrown_away(database: Database, join: UseCase) -> None:
    with database.write() as session:
        join(session, "ada-l")
    with database.read() as session:
        session.scalars(select(Account)).one().name = "grace-h"
        assert session.scalars(select(Account.name)).one() == "ada-l"
    assert names(database) == {"ada-l"}


def test_a_reader_sees_one_moment_while_others_write(database: Database, join: UseCase) -> None:
    with database.read() as session:
        before = session.scalar(select(func.count(Account.id)))
        with database.write() as writing:
            join(writing, "ada-l")
        assert session.scalar(select(func.count(Account.id))) == before
    assert names(database) == {"ada-l"}


def test_what_a_writer_reads_first_is_still_true_when_it_commits(database: Database) -> None:
    """Forty threads count the accounts and add one of that number: no number comes twice."""

    def add(_: int) -> None:
        with database.write() as session:
            number = session.scalar(select(func.count(Account.id)))
            name = f"person-{number}"
            session.add(Account(name=name, display_name=name, created_at=NOW))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(40)))
    assert names(database) == {f"person-{number}" for number in range(40)}


def test_readers_do_not_wait_for_a_writer(database: Database, join: UseCase) -> None:
    with database.write() as session:
        join(session, "ada-l")
        assert names(database) == set()


def test_a_transaction_inside_another_is_a_mistake_of_ours(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'gallery.db'}")
    with (
        pytest.raises(AssertionError, match="inside another"),
        database.write(),
        database.write(),
    ):
        pass
    database.close()


def test_rows_that_point_nowhere_are_refused(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"), database.write() as session:
        session.add(Like(submission_id=7, account_id=7, at=NOW))


@pytest.mark.parametrize(
    "address", ["mysql://root:secret@db/gallery", "sqlite://", "sqlite:///:memory:", "a database"]
)
def test_other_databases_are_refused_without_telling_the_password(address: str) -> None:
    with pytest.raises(Invalid, match="must be sqlite:///FILE or postgresql://") as caught:
        Database(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_hosts_may_call_postgresql_what_they_like(scheme: str) -> None:
    assert Database(f"{scheme}://somebody@db/gallery").url.drivername == "postgresql+psycopg"


def test_the_folder_of_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path / 'data' / 'gallery.db'}")
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


@pytest.mark.slow
@pytest.mark.parametrize(("journal", "kept"), [("wal", True), ("delete", False)])
def test_a_network_file_system_gets_a_journal_that_it_can_keep(
    journal, kept: bool, tmp_path: Path, join: UseCase
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'gallery.db'}", journal=journal)
    database.migrate()
    with database.write() as session:
        join(session, "ada-l")
    assert (tmp_path / "gallery.db-wal").exists() is kept
    assert names(database) == {"ada-l"}
    database.close()


@pytest.mark.slow
def test_the_write_ahead_log_is_folded_in_while_people_read(
    sqlite_address: str, join: UseCase
) -> None:
    """Readers come and go all the time; the log stays near SQLite's thousand pages."""
    database = Database(sqlite_address)
    assert database.url.database is not None
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            names(database)

    readers = [threading.Thread(target=look) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for number in range(60):
            with database.write() as session:
                for part in range(10):
                    join(session, f"person-{number}-{part}")
    finally:
        ended.set()
        for reader in readers:
            reader.join()
    size = Path(f"{database.url.database}-wal").stat().st_size
    database.close()
    assert size < 12 * 2**20


def test_sqlite_looks_at_the_sizes_of_tables_at_the_start_and_as_they_grow(
    sqlite_address: str, join: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it goes by a primary key, and not by an index that picks half of the table."""
    monkeypatch.setattr(connection, "WRITES_BETWEEN_LOOKS", 3)
    database = Database(sqlite_address)

    def sizes() -> list[str]:
        with database.read() as session:
            found = session.execute(text("SELECT stat FROM sqlite_stat1 WHERE tbl = 'accounts'"))
            return [stat.split()[0] for (stat,) in found]

    for number in range(5):
        with database.write() as session:
            join(session, f"person-{number}")
    assert set(sizes()) == {"3"}
    database.migrate()
    assert set(sizes()) == {"5"}
    database.close()
