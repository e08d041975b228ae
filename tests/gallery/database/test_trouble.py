"""A database that fails: one sentence for people, the whole of it in the log."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from gallery.database import engine, trouble
from gallery.database.connection import Database
from gallery.database.tables import Account
from gallery.errors import Unavailable
from tests.gallery.database.conftest import UseCase
from tests.gallery.databases import Postgres


def test_a_writer_whose_turn_does_not_come_is_told(
    sqlite_address: str, join: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    database = Database(sqlite_address)
    assert database.url.database is not None
    other = sqlite3.connect(database.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="busy"), database.write() as session:
        join(session, "ada-l")
    other.execute("ROLLBACK")
    with database.write() as session:
        join(session, "ada-l")
    other.close()
    database.close()


def test_a_full_disk_is_told_and_keeps_what_was_there(sqlite_address: str, join: UseCase) -> None:
    database = Database(sqlite_address)
    with database.write() as session:
        join(session, "ada-l")

    def fill() -> None:
        with database.write() as session:
            pages = session.scalar(text("PRAGMA page_count"))
            session.execute(text(f"PRAGMA max_page_count = {pages}"))
            for number in range(500):
                join(session, f"person-{number}")

    with pytest.raises(Unavailable, match="no space left"):
        fill()
    with database.read() as session:
        assert session.scalars(select(Account.name)).all() == ["ada-l"]
    database.close()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "gallery.db"
    path.write_text("a picture of a cat " * 100)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(Unavailable, match="does not answer"):
        database.migrate()
    database.close()


def test_a_server_that_is_not_there_is_told() -> None:
    database = Database("postgresql://somebody:secret@127.0.0.1:9/gallery")
    with pytest.raises(Unavailable, match="does not answer") as caught:
        database.migrate()
    assert "secret" not in str(caught.value)
    database.close()


def test_a_lost_connection_is_told_and_the_next_request_finds_a_new_one(
    postgres_address: str, postgres: Postgres, join: UseCase
) -> None:
    database = Database(postgres_address)

    def lose() -> None:
        with database.write() as session:
            join(session, "ada-l")
            postgres.run(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE datname = '{database.url.database}'"
            )
            join(session, "grace-h")

    with pytest.raises(Unavailable, match="lost while saving"):
        lose()
    with database.write() as session:
        join(session, "ada-l")
    with database.read() as session:
        assert session.scalars(select(Account.name)).all() == ["ada-l"]
    database.close()


def test_mistakes_of_ours_stay_what_they_are(database: Database) -> None:
    with pytest.raises((OperationalError, ProgrammingError)), database.read() as session:
        session.execute(text("SELECT * FROM no_such_table"))


def test_every_sentence_ends_with_what_to_do() -> None:
    for sentence in (trouble.BUSY, trouble.GONE, trouble.FULL, trouble.UNCERTAIN):
        assert "try again" in sentence or "tell the organisers" in sentence
