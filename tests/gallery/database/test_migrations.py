"""Migrations: up, down, several at once, over rows, and never backwards by accident."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, select, text

from gallery.database.connection import Database
from gallery.database.tables import Account, LogEntry
from gallery.errors import Invalid
from tests.gallery.database.conftest import UseCase
from tests.gallery.database.next_migration import with_next

ROOT = Path(__file__).parents[3]


@pytest.fixture
def bare(empty_address: str):
    """A database without tables."""
    database = Database(empty_address)
    yield database
    database.close()


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_migrations_make_what_the_tables_say(database: Database) -> None:
    command.check(database.migrations())


@pytest.mark.slow
def test_up_and_down_and_up_again(bare: Database) -> None:
    bare.migrate()
    made = tables(bare)
    command.downgrade(bare.migrations(), "base")
    assert tables(bare) == {"alembic_version"}
    assert bare.revision() is None
    bare.migrate()
    assert tables(bare) == made
    assert bare.revision() is not None


def test_migrating_twice_changes_nothing(database: Database, join: UseCase) -> None:
    with database.write() as session:
        join(session, "ada-l")
    database.migrate()
    with database.read() as session:
        assert session.scalars(select(Account.name)).all() == ["ada-l"]


def test_a_newer_database_is_refused(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Invalid, match="got 9999, which a newer gallery made"):
        database.migrate()


@pytest.mark.slow
def test_processes_that_migrate_at_once_find_one_whole_database(empty_address: str) -> None:
    program = (
        "import sys; from gallery.database.connection import Database; "
        "database = Database(sys.argv[1]); sys.stdin.readline(); database.migrate()"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty_address],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    problems = [process.communicate(timeout=60)[1] for process in started]
    assert problems == ["", "", ""]
    database = Database(empty_address)
    command.check(database.migrations())
    database.close()


def test_a_migration_keeps_rows_and_what_points_to_them(
    database: Database, join: UseCase, tmp_path: Path
) -> None:
    """A next migration that copies a table, as SQLite does for most changes."""
    with database.write() as session:
        join(session, "ada-l")
        before = session.scalars(select(LogEntry.id)).all()
    migrations = with_next(database.migrations(), tmp_path, database.revision())
    command.upgrade(migrations, "head")
    with database.read() as session:
        assert session.execute(text("SELECT name, motto FROM accounts")).one() == ("ada-l", "none")
        assert session.scalars(select(LogEntry.id)).all() == before
    command.downgrade(migrations, "-1")
    command.check(database.migrations())


def test_a_migration_that_fails_leaves_everything_as_it_was(
    database: Database, join: UseCase, tmp_path: Path
) -> None:
    with database.write() as session:
        join(session, "ada-l")
    before = database.revision()
    migrations = with_next(database.migrations(), tmp_path, before, then="raise ArithmeticError")
    with pytest.raises(ArithmeticError):
        command.upgrade(migrations, "head")
    assert database.revision() == before
    command.check(database.migrations())
    with database.read() as session:
        assert session.scalars(select(Account.name)).all() == ["ada-l"]


@pytest.mark.slow
def test_teams_that_are_called_the_same_keep_their_names(bare: Database) -> None:
    """The oldest holds the key; a team that ended holds none."""
    bare.migrate("0002")
    names = ("Deep sea", "École", "ÉCOLE", "école", "DEEP SEA")
    with bare.rebuild() as connection:
        for number, name in enumerate(names, 1):
            ended = "'2023-05-01'" if number == 1 else "NULL"
            connection.execute(
                text(
                    "INSERT INTO teams (id, event, name, about, number, created_at, dissolved_at) "
                    f"VALUES ({number}, 'summer', :name, '', 1, '2023-04-01', {ended})"
                ),
                {"name": name},
            )
    bare.migrate()
    with bare.engine.connect() as connection:
        rows = connection.execute(text("SELECT name, name_key FROM teams ORDER BY id")).all()
    assert tuple(name for name, _ in rows) == names
    assert [key for _, key in rows] == ["deep sea", "ecole", "ecole\n3", "ecole\n4", "deep sea"]
    command.downgrade(bare.migrations(), "0002")
    bare.migrate()


@pytest.mark.slow
def test_the_search_text_loses_the_teams_name(bare: Database) -> None:
    bare.migrate("0007")
    team = {"id": 1, "event": "summer", "name": "École", "name_key": "ecole", "about": ""}
    submission = {
        **{"id": 1, "event": "summer", "team_id": 1, "space_id": "a/b", "space_key": "a/b"},
        **{"source": "team", "state": "draft", "title": "Fish and École", "emoji": "", "number": 1},
        **{"summary": "", "likes": 0, "hub_likes": 0, "health": "unknown"},
        "search_text": "fish and ecole ecole a/b",
    }
    with bare.rebuild() as connection:
        for table, row in (("teams", {**team, "number": 1}), ("submissions", submission)):
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            statement = f"INSERT INTO {table} ({names}, created_at) VALUES ({values}, '2023-04-01')"
            connection.execute(text(statement), row)
    bare.migrate()
    assert _search_text(bare) == "fish and ecole a/b"
    command.downgrade(bare.migrations(), "0007")
    assert _search_text(bare) == "fish and ecole ecole a/b"


def _search_text(database: Database) -> str:
    with database.engine.connect() as connection:
        return connection.execute(text("SELECT search_text FROM submissions")).scalar_one()


@pytest.mark.slow
def test_a_judging_gets_a_seed_of_its_own_and_keeps_what_was_published(bare: Database) -> None:
    """Going back forgets the seed, and what was to be published, and nothing of before."""
    bare.migrate("0009")
    columns = "event, looks, away, final_order, final_reason, published"
    with bare.rebuild() as connection:
        for event in ("summer", "winter"):
            connection.execute(
                text(
                    f"INSERT INTO judgings ({columns}) "
                    f"VALUES ('{event}', 3, '[7]', '[2, 1]', 'It runs on a phone', '{{}}')"
                )
            )
    bare.migrate()
    with bare.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT pseudonym_seed, settled_on, publish_at, feedback_at FROM judgings")
        ).all()
    assert len({row.pseudonym_seed for row in rows}) == 2
    assert all(len(row.pseudonym_seed) == 32 for row in rows)
    assert {tuple(row)[1:] for row in rows} == {("", None, None)}
    command.downgrade(bare.migrations(), "0009")
    with bare.engine.connect() as connection:
        kept = connection.execute(text(f"SELECT {columns} FROM judgings ORDER BY event")).all()
    assert [(row.event, row.looks, row.final_reason) for row in kept] == [
        ("summer", 3, "It runs on a phone"),
        ("winter", 3, "It runs on a phone"),
    ]
    bare.migrate()
    command.check(bare.migrations())


@pytest.mark.slow
def test_a_pin_of_before_stays_and_says_that_it_knows_no_facts(bare: Database) -> None:
    bare.migrate("0009")
    team = {"id": 1, "event": "summer", "name": "T", "name_key": "t", "about": "", "number": 1}
    submission = {
        **{"id": 1, "event": "summer", "team_id": 1, "space_id": "a/b", "space_key": "a/b"},
        **{"source": "team", "state": "submitted", "title": "Fish", "emoji": "", "number": 1},
        **{"summary": "", "likes": 0, "hub_likes": 0, "health": "unknown", "search_text": ""},
    }
    pin = {
        **{"submission_id": 1, "repo_type": "model", "repo_id": "a/m", "repo_key": "a/m"},
        **{"revision_number": 1, "commit": "c" * 40},
    }
    with bare.rebuild() as connection:
        for table, row in (("teams", team), ("submissions", submission)):
            names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
            statement = f"INSERT INTO {table} ({names}, created_at) VALUES ({values}, '2023-04-01')"
            connection.execute(text(statement), row)
        names = ", ".join(f'"{name}"' for name in pin)
        values = ", ".join(f":{name}" for name in pin)
        connection.execute(
            text(
                f"INSERT INTO pins ({names}, deadline, pinned_at) "
                f"VALUES ({values}, '2023-05-01', '2023-05-01')"
            ),
            pin,
        )
    bare.migrate()
    with bare.engine.connect() as connection:
        rows = connection.execute(text('SELECT repo_id, "commit", facts FROM pins')).all()
    assert [tuple(row) for row in rows] == [("a/m", "c" * 40, None)]
    command.downgrade(bare.migrations(), "0009")
    bare.migrate()


@pytest.mark.slow
def test_a_result_of_before_stays_and_says_that_its_evidence_is_not_known(bare: Database) -> None:
    bare.migrate("0012")
    with bare.rebuild() as connection:
        connection.execute(
            text(
                "INSERT INTO judgings (event, looks, away, final_order, final_reason, settled_on, "
                "publish_with_feedback, publish_problem, pseudonym_seed, published) "
                "VALUES ('summer', 3, '[]', '[2, 1]', '', '', false, '', 'seed', '{}')"
            )
        )
    bare.migrate()
    columns = text("SELECT final_order, published, published_evidence FROM judgings")
    with bare.engine.connect() as connection:
        assert connection.execute(columns).one()[2] is None
    command.downgrade(bare.migrations(), "0012")
    bare.migrate()
    command.check(bare.migrations())
