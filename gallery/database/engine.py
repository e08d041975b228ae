"""How each kind of database is spoken to, so that transactions mean the same on both.

A transaction that writes is alone: it takes its turn when it begins, so what it reads first is
still true when it commits. A transaction that reads sees one moment, and hinders nobody.

SQLite's writer need not keep its turn while the disk works, which takes longer than most use cases:
a commit appends to the write-ahead log, and the log is synchronised afterwards, for all who
committed meanwhile at once. Only then is anything acknowledged.
"""

import logging
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from gallery.database.trouble import UNCERTAIN
from gallery.errors import Invalid, Unavailable
from gallery.private import private_file

log = logging.getLogger(__name__)

Journal = Literal["wal", "delete"]

BUSY_SECONDS = 30
"""How long a writer waits for the ones before it."""
CONNECT_SECONDS = 10
RENEW_SECONDS = 600
"""A connection to SQLite learns the tables' sizes when it is opened."""
POOL = {"pool_size": 20, "max_overflow": 40, "pool_timeout": BUSY_SECONDS}
"""More connections than there are threads that answer requests (40), so that none waits."""
WRITERS_TURN = 0x67616C6C  # "gall"
"""The advisory lock that PostgreSQL's writers pass on; SQLite has one of its own."""


@dataclass(frozen=True)
class Engines:
    """Two ways into one pool of connections."""

    reading: Engine
    writing: Engine
    settle: Callable[[], None]
    """Waits until what was committed would survive a power cut. Raises `Unavailable`."""


def parse_address(address: str) -> URL:
    """SQLAlchemy's address with the driver filled in; raises `Invalid` for other databases.

    `postgres://` is what many hosts' DATABASE_URL says.
    """
    try:
        url = make_url(address)
    except ArgumentError:
        url = None
    if url is not None and url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if (
        url is not None
        and url.drivername == "sqlite"
        and url.database not in (None, "", ":memory:")
    ):
        return url
    got = "something else" if url is None else f"{url.drivername}://"
    raise Invalid(
        "the database's address must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, "
        f"got {got}; correct DATABASE_URL, or leave it out for a file in DATA_DIR",
        field="DATABASE_URL",
    )


def build_engines(url: URL, *, journal: Journal) -> Engines:
    """`journal` is SQLite's: `wal` lets readers and the writer work at once; `delete` is for
    network file systems, on which the memory that WAL shares between processes does not work."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, journal)
    return _postgres(url)


def _sqlite(url: URL, journal: Journal) -> Engines:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_recycle=RENEW_SECONDS,
        hide_parameters=True,  # errors are logged, and what people sent may be secret
        **POOL,
    )

    file = Path(url.database or "")
    wal = file.with_name(f"{file.name}-wal")

    @event.listens_for(engine, "do_connect")
    def keep_private(*_: object) -> None:
        # SQLite gives the files that it puts beside this one the same mode.
        for name in (file.name, wal.name, f"{file.name}-shm", f"{file.name}-journal"):
            if name == file.name or file.with_name(name).exists():
                private_file(file.with_name(name))

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # sqlite3 would begin on its own, and too late
        (kept,) = connection.execute(f"PRAGMA journal_mode = {journal}").fetchone()
        for pragma in (
            f"journal_size_limit = {64 * 2**20}",  # bytes that a burst of writes may leave behind
            f"synchronous = {'NORMAL' if kept == 'wal' else 'FULL'}",  # the log is synced apart
            "foreign_keys = ON",
            "recursive_triggers = ON",  # or REPLACE would get past the log's
        ):
            connection.execute(f"PRAGMA {pragma}")

    def settle() -> None:
        try:
            sync(wal)
        except FileNotFoundError:
            pass  # there is no such log: each commit waits for the disk itself
        except OSError as error:
            log.error("the disk failed: %s", error)
            raise Unavailable(UNCERTAIN) from error

    _begin_with(engine, "BEGIN")
    return Engines(engine, engine.execution_options(begin="BEGIN IMMEDIATE"), settle)


def sync(file: Path) -> None:
    """Waits until all that anybody wrote to it is on the disk."""
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _postgres(url: URL) -> Engines:
    options = f"-c lock_timeout={BUSY_SECONDS}s -c timezone=UTC"
    engine = create_engine(
        url,
        connect_args={"connect_timeout": CONNECT_SECONDS, "options": options},
        pool_pre_ping=True,  # a server that was started anew is noticed before a request fails
        hide_parameters=True,  # errors are logged, and what people sent may be secret
        **POOL,
    )
    _begin_with(engine, None)
    return Engines(
        engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        engine.execution_options(begin=f"SELECT pg_advisory_xact_lock({WRITERS_TURN})"),
        settle=lambda: None,  # a commit waits for it
    )


def _begin_with(engine: Engine, statement: str | None) -> None:
    """The first statement of each transaction, unless the connection's option `begin` names one."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        first = connection.get_execution_options().get("begin", statement)
        if first is not None:
            connection.exec_driver_sql(first)
