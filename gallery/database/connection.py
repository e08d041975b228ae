"""Transactions on SQLite or PostgreSQL: `read` for looking, `write` for one use case."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session, sessionmaker

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
"""How long a writer waits for the one before it, on SQLite."""


class Database:
    """One database. `address` is SQLAlchemy's: `sqlite:///file.db` or `postgresql://…`."""

    def __init__(self, address: str) -> None:
        self.url = _with_driver(make_url(address))
        self.engine = _engine(self.url)
        writing = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        self._reading = sessionmaker(self.engine, expire_on_commit=False)
        self._writing = sessionmaker(writing, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view; what is changed in it is thrown away."""
        with self._reading() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One small transaction: commits at the end, or leaves nothing behind.

        On SQLite it takes the write lock at once (`BEGIN IMMEDIATE`), so what it reads first is
        still true when it writes; on PostgreSQL rows that decide are read `with_for_update`.
        """
        with self._writing() as session:
            yield session
            session.commit()

    def migrate(self, revision: str = "head") -> None:
        """Brings the tables to the newest form; nothing happens when they are."""
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        command.upgrade(self.migrations(), revision)

    def migrations(self) -> Config:
        """Alembic's configuration for this database."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["engine"] = self.engine
        return config

    def close(self) -> None:
        self.engine.dispose()


def _with_driver(url: URL) -> URL:
    """psycopg 3, whatever a host's `DATABASE_URL` says: `postgres://` is what many give."""
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    return url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True)
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=20,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # sqlite3 would begin on its own, and too late
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # what was acknowledged survives a power cut
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine
