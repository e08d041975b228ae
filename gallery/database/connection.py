"""Transactions on SQLite or PostgreSQL: `read` for looking, `write` for one use case."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, get_ident

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.orm import Session, sessionmaker

from gallery.database.engine import BUSY_SECONDS, Journal, build_engines, parse_address
from gallery.database.trouble import BUSY, told
from gallery.errors import Invalid, Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"


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
        self._reading = sessionmaker(engines.reading, expire_on_commit=False, autoflush=False)
        self._writing = sessionmaker(engines.writing, expire_on_commit=False)
        self._turn = _Turn() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def writing(self) -> "sessionmaker[Session]":
        """What makes the sessions of `write`: for those who listen to what is committed."""
        return self._writing

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
        with told(saving=True):
            if self._turn is None:
                with self._committing() as session:
                    yield session
            else:
                with self._turn.taken(), self._committing() as session:
                    yield session

    @contextmanager
    def _committing(self) -> Iterator[Session]:
        with self._writing() as session:
            yield session
            session.commit()

    def migrate(self, revision: str = "head") -> None:
        """Brings the tables to the newest form, or leaves all as it was; several may try at once.

        Raises `Invalid` when the database is newer than this program, and `Unavailable`.
        """
        with told(saving=False):
            self._refuse_newer()
            command.upgrade(self.migrations(), revision)

    def revision(self) -> str | None:
        """The form that the tables are in; None when there are none."""
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def migrations(self) -> Config:
        """Alembic's configuration for this database."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["engine"] = self._engine_for_writing
        return config

    def close(self) -> None:
        self.engine.dispose()

    def _refuse_newer(self) -> None:
        found = self.revision()
        scripts = ScriptDirectory.from_config(self.migrations())
        try:
            scripts.get_revisions(found or ())
        except CommandError:
            raise Invalid(
                f"the database must be at a revision up to {scripts.get_current_head()}, got "
                f"{found}, which a newer gallery made; start that one, or restore an older backup",
                field="DATABASE_URL",
            ) from None


class _Turn:
    """Writers of this process queue here, rather than poll SQLite's lock and overtake each other;
    those of other processes wait at that lock."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._owner: int | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        assert self._owner != get_ident(), "a transaction inside another would wait for itself"
        if not self._lock.acquire(timeout=BUSY_SECONDS):
            raise Unavailable(BUSY)
        self._owner = get_ident()
        try:
            yield
        finally:
            self._owner = None
            self._lock.release()
