"""The log: beside a change, in its transaction, and never altered."""

from contextlib import closing

import pytest
from sqlalchemy import func, select, text

from gallery.actor import WATCHER
from gallery.database.connection import Database
from gallery.database.log import record
from gallery.database.tables import Account, Attempt, LogEntry
from tests.gallery.database.conftest import NOW, UseCase


def test_a_change_and_its_entry_are_kept_together(database: Database, join: UseCase) -> None:
    with database.write() as session:
        join(session, "ada-l")
    with database.read() as session:
        account = session.scalars(select(Account)).one()
        entry = session.scalars(select(LogEntry)).one()
    assert (entry.action, entry.subject_type, entry.subject_id) == (
        "account.joined",
        "account",
        str(account.id),
    )
    assert (entry.at, entry.actor, entry.account_id) == (NOW, "command line", None)


def test_a_use_case_that_fails_leaves_neither_change_nor_entry(
    database: Database, join: UseCase
) -> None:
    def fail() -> None:
        with database.write() as session:
            join(session, "ada-l")
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as session:
        for table in (Account, Attempt, LogEntry):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_details_are_kept_as_they_were_given(database: Database) -> None:
    details = {"from": 3, "to": [1, 2.5, None], "words": "naïve café 🖼️"}
    with database.write() as session:
        record(
            session,
            WATCHER,
            NOW,
            "demo.seen",
            subject=("space", "ada-l/demo"),
            event="summer",
            details=details,
        )
    with database.read() as session:
        assert session.scalars(select(LogEntry)).one().details == details


@pytest.mark.parametrize("statement", ["UPDATE log SET actor = 'somebody else'", "DELETE FROM log"])
def test_the_database_itself_refuses_to_alter_the_log(
    statement: str, database: Database, join: UseCase
) -> None:
    assert_refused(database, join, statement)


def test_sqlite_does_not_replace_rows_of_the_log(sqlite_address: str, join: UseCase) -> None:
    with closing(Database(sqlite_address)) as database:
        assert_refused(database, join, "REPLACE INTO log SELECT * FROM log")


def test_postgresql_does_not_truncate_the_log(postgres_address: str, join: UseCase) -> None:
    with closing(Database(postgres_address)) as database:
        assert_refused(database, join, "TRUNCATE log")


def assert_refused(database: Database, join: UseCase, statement: str) -> None:
    with database.write() as session:
        join(session, "ada-l")
    with pytest.raises(Exception, match="the log only grows"), database.write() as session:
        session.execute(text(statement))
    with database.read() as session:
        assert session.scalars(select(LogEntry.actor)).all() == ["command line"]
