"""Transactions on SQLite or PostgreSQL: `read` for looking, `write` for one use case."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, get_ident
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from gallery.database.engine import BUSY_SECONDS, Journal, build_engines, parse_address
from gallery.database.trouble import BUSY, told
from gallery.errors import Invalid, Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"
WRITES_BETWEEN_LOOKS = 500


class Database:
    """One database. `address` is SQLAlchemy's: `sqlite:///file.db` or `postgresql://…`."""

    def __init__(self, address: str, *, journal: Journal = "wal") -> None:
        """Connects when it is first used; raises `Invalid` for an address of another kind."""
        self.url = parse_address(address)
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        engines = build_engines(self.url, journal=journal)
        self.engine = engines.reading
        self._engine_for_writing = engines.writing
        self._settle = engines.settle
        self._reading = sessionmaker(engines.reading, expire_on_commit=False, autoflush=False)
        self.writing = sessionmaker(engines.writing, expire_on_commit=False)
        """Makes the sessions of `write`: for those who listen to what is committed."""
        self.writes = 0
        """Grows with every `write` of this process."""
        self._turn = _Turn(is_needed=self.is_sqlite)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One moment's view; what is changed in it is thrown away.

        Raises `Unavailable` when the database does not answer.
        """
        with told(saving=False), self._reading() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One small transaction: commits at the end, or leaves nothing behind.

        There is one writer at a time, on both kinds of database, so what a use case reads first
        is still true when it commits, and no row needs a lock of its own. Raises `Unavailable`
        when its turn does not come or the database does not answer; then nothing was acknowledged.
        """
        with self._lasting(), self.writing() as session:
            yield session
            session.commit()
        self.writes += 1
        if self.writes % WRITES_BETWEEN_LOOKS == 0:
            self._look_at_sizes()

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """One transaction in which tables may be made, altered and dropped."""
        with self._lasting(), self._engine_for_writing.connect() as connection:
            if self.is_sqlite:
                # Altering a table copies it and drops the old one; with foreign keys on, that would
                # empty those that point to it. Inside a transaction the pragma does nothing.
                raw = cast(sqlite3.Connection, connection.connection.dbapi_connection)
                raw.execute("PRAGMA foreign_keys = OFF")
                connection.detach()
            with connection.begin():
                yield connection
                if self.is_sqlite:
                    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    assert not lost, f"rows that point nowhere would be left: {lost[:3]}"

    @contextmanager
    def _lasting(self) -> Iterator[None]:
        """A turn at writing. Who has had it waits for the disk while the next one writes."""
        with told(saving=True):
            with self._turn.taken():
                yield
            self._settle()

    def migrate(self, revision: str = "head") -> None:
        """Brings the tables to the newest form, or leaves all as it was; several may try at once.

        Raises `Invalid` when the database is newer than this program, and `Unavailable`.
        """
        with told(saving=False):
            found = self.revision()
        self.require_known(found, of="the database")
        if found != self.newest_revision or revision != "head":
            command.upgrade(self.migrations(), revision)
        self._look_at_sizes()

    def _look_at_sizes(self) -> None:
        """Lets SQLite see which tables have grown, by which it chooses indexes.

        Without, it takes whatever is indexed for a good choice: 24 cards of 10,000 took 5 ms rather
        than 0.02. PostgreSQL looks by itself. When it cannot be done, it is done another time.
        """
        if not self.is_sqlite:
            return
        with (
            suppress(SQLAlchemyError, Unavailable),
            self._turn.taken(),
            self._engine_for_writing.begin() as one,
        ):
            one.exec_driver_sql("PRAGMA analysis_limit = 1000")
            one.exec_driver_sql("ANALYZE")

    def revision(self) -> str | None:
        """The form that the tables are in; None when there are none."""
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    @property
    def newest_revision(self) -> str | None:
        """The form that this program knows as the newest."""
        return ScriptDirectory.from_config(self.migrations()).get_current_head()

    def require_known(self, revision: str | None, *, of: str) -> None:
        """Raises `Invalid` for a form of `of` that only a newer program knows."""
        if revision is None:
            return
        script = ScriptDirectory.from_config(self.migrations())
        # Alembic would take words and parts of names, too: head, base, +1, 00.
        if revision not in {one.revision for one in script.walk_revisions()}:
            raise Invalid(
                f"{of} must be of revision {self.newest_revision} or older, got {revision}, which "
                "a newer gallery made; use that one, or an older backup",
                field="DATABASE_URL",
            )

    def migrations(self, connection: Connection | None = None) -> Config:
        """Alembic's configuration; it works within `connection`'s transaction, if that is given."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes.update(rebuild=self.rebuild, connection=connection)
        return config

    def close(self) -> None:
        self.engine.dispose()


class _Turn:
    """Writers of this process queue here, rather than poll SQLite's lock and overtake each other;
    those of other processes wait at that lock. PostgreSQL has a queue of its own."""

    def __init__(self, *, is_needed: bool) -> None:
        self._lock = Lock() if is_needed else None
        self._owner: int | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        if self._lock is None:
            yield
            return
        assert self._owner != get_ident(), "a transaction inside another would wait for itself"
        if not self._lock.acquire(timeout=BUSY_SECONDS):
            raise Unavailable(BUSY)
        self._owner = get_ident()
        try:
            yield
        finally:
            self._owner = None
            self._lock.release()
