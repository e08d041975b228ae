"""Backup and restore: the same gallery again, on either kind of database, or nothing at all."""

import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from gallery.backups import rows
from gallery.backups.archive import open_archive
from gallery.backups.backup import back_up
from gallery.backups.restore import restore
from gallery.database.connection import Database
from gallery.database.tables import Account, Base, LogEntry
from gallery.errors import Invalid
from tests.gallery.backups.filling import CANARY, START, fill
from tests.gallery.database.next_migration import with_next
from tests.gallery.databases import Postgres


@pytest.fixture
def other(
    database: Database, tmp_path: Path, postgres: Postgres, postgres_template: str
) -> Iterator[Database]:
    """An empty gallery on the other kind of database."""
    if database.is_sqlite:
        address = postgres.create(template=postgres_template)
    else:
        address = f"sqlite:///{tmp_path / 'other' / 'gallery.db'}"
    with closing(Database(address)) as other:
        other.migrate()
        yield other
    if database.is_sqlite:
        postgres.drop(address)


def test_a_gallery_moves_to_the_other_kind_of_database_unchanged(
    database: Database, other: Database, tmp_path: Path
) -> None:
    fill(database, tmp_path / "pictures", seed=1, rows=7)
    made = back_up(database, tmp_path / "pictures", tmp_path / "a.zip", now=START)
    assert made.rows["submissions"] == 7
    assert len(made.pictures) == 14
    with open_archive(tmp_path / "a.zip") as archive:
        restore(other, tmp_path / "elsewhere", archive)
    back_up(other, tmp_path / "elsewhere", tmp_path / "b.zip", now=START)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), count=st.integers(0, 4))
def test_backup_restore_backup_is_the_same(
    seed: int, count: int, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("round")
    (folder / "gallery.db").write_bytes(sqlite_template.read_bytes())
    with closing(Database(f"sqlite:///{folder / 'gallery.db'}")) as database:
        fill(database, folder / "pictures", seed=seed, rows=count)
        back_up(database, folder / "pictures", folder / "a.zip", now=START)
        with open_archive(folder / "a.zip") as archive:
            restore(database, folder / "pictures", archive, replace=True)
        back_up(database, folder / "pictures", folder / "b.zip", now=START)
    assert (folder / "a.zip").read_bytes() == (folder / "b.zip").read_bytes()


def test_nothing_in_a_backup_lets_anybody_in(database: Database, tmp_path: Path) -> None:
    fill(database, tmp_path / "pictures", seed=2, rows=3)
    back_up(database, tmp_path / "pictures", tmp_path / "a.zip", now=START)
    assert (tmp_path / "a.zip").stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        for name in opened.namelist():
            assert CANARY.encode() not in opened.read(name), name


def test_every_table_with_a_token_is_left_out() -> None:
    for table in Base.metadata.sorted_tables:
        tokens = [column.name for column in table.columns if "token" in column.name]
        assert not tokens or table.name in rows.LEFT_OUT, (table.name, tokens)
    assert rows.LEFT_OUT.keys() <= Base.metadata.tables.keys()


@pytest.mark.slow
def test_new_rows_are_numbered_after_the_restored_ones(
    database: Database, other: Database, tmp_path: Path
) -> None:
    fill(database, tmp_path / "pictures", seed=3, rows=5)
    back_up(database, tmp_path / "pictures", tmp_path / "a.zip", now=START)
    with open_archive(tmp_path / "a.zip") as archive:
        restore(other, tmp_path / "elsewhere", archive)
    with other.write() as session:
        session.add(Account(name="ada-l", display_name="ada-l", created_at=START))
    with other.read() as session:
        assert session.scalar(select(func.max(Account.id))) == 6


def test_a_gallery_that_holds_something_is_not_overwritten_by_accident(
    database: Database, tmp_path: Path
) -> None:
    fill(database, tmp_path / "pictures", seed=4, rows=2)
    back_up(database, tmp_path / "pictures", tmp_path / "a.zip", now=START)
    with database.write() as session:
        session.add(Account(id=99, name="ada-l", display_name="ada-l", created_at=START))
    with (
        open_archive(tmp_path / "a.zip") as archive,
        pytest.raises(Invalid, match="must be empty"),
    ):
        restore(database, tmp_path / "pictures", archive)
    with database.read() as session:
        assert session.scalar(select(Account.id).where(Account.name == "ada-l")) is not None


@pytest.mark.slow
def test_replacing_takes_what_came_later_away(database: Database, tmp_path: Path) -> None:
    fill(database, tmp_path / "pictures", seed=5, rows=2)
    back_up(database, tmp_path / "pictures", tmp_path / "a.zip", now=START)
    later = tmp_path / "pictures" / "ff" / f"{'f' * 64}.webp"
    later.parent.mkdir(exist_ok=True)
    later.write_bytes(b"later")
    with database.write() as session:
        session.add(Account(id=99, name="ada-l", display_name="ada-l", created_at=START))
    with open_archive(tmp_path / "a.zip") as archive:
        restore(database, tmp_path / "pictures", archive, replace=True)
    with database.read() as session:
        assert session.scalar(select(Account.id).where(Account.name == "ada-l")) is None
    assert not later.exists()


@pytest.mark.slow
def test_the_log_only_grows_after_a_restore_too(database: Database, tmp_path: Path) -> None:
    fill(database, tmp_path / "pictures", seed=6, rows=2)
    back_up(database, tmp_path / "pictures", tmp_path / "a.zip", now=START)
    with open_archive(tmp_path / "a.zip") as archive:
        restore(database, tmp_path / "pictures", archive, replace=True)
    with pytest.raises(Exception, match="the log only grows"), database.write() as session:
        session.execute(text("DELETE FROM log"))


def test_a_backup_is_of_one_moment_while_people_write(database: Database, tmp_path: Path) -> None:
    """Each write adds an account and a log entry: a backup never holds one without the other."""
    with database.write() as session:
        _join(session, 0)
    begun = rows.dump

    def dump(session, table):
        with database.write() as writing:
            _join(writing, table.name)
        return begun(session, table)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "dump", dump)
        manifest = back_up(database, tmp_path, tmp_path / "a.zip", now=START)
    assert manifest.rows["accounts"] == manifest.rows["log"]


def _join(session, name: object) -> None:
    session.add(Account(name=f"{name}", display_name="", created_at=START))
    entry = {"actor": "x", "action": "x", "subject_type": "x", "subject_id": "x", "details": {}}
    session.add(LogEntry(at=START, **entry))


def test_a_disk_that_is_full_leaves_no_half_backup(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        back_up(database, tmp_path, tmp_path / "a.zip", now=START + timedelta(days=1))
    assert not list(tmp_path.glob("a.zip*"))


@pytest.mark.slow
def test_an_older_backup_is_brought_to_the_newest_form(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database, tmp_path / "pictures", seed=8, rows=2)
    back_up(database, tmp_path / "pictures", tmp_path / "a.zip", now=START)
    before = database.revision()
    migrations = Database.migrations

    def with_another(self: Database, connection=None) -> Config:
        return with_next(migrations(self, connection), tmp_path, before)

    monkeypatch.setattr(Database, "migrations", with_another)
    with open_archive(tmp_path / "a.zip") as archive:
        restore(database, tmp_path / "pictures", archive, replace=True)
    assert database.revision() == "next"
    with database.read() as session:
        mottos = session.scalars(text("SELECT motto FROM accounts")).all()
    assert mottos == ["none", "none"]
