"""Database errors, and what they come down to for people: one sentence, and what to do."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gallery.errors import Unavailable

log = logging.getLogger(__name__)

BUSY = "the database is busy with what others are saving; try again in a minute"
GONE = "the database does not answer; try again in a minute"
FULL = "the database has no space left and keeps nothing new; tell the organisers"
UNCERTAIN = "the database was lost while saving; reload to see whether it was kept, then try again"

_SQLITE = {
    "SQLITE_BUSY": BUSY,
    "SQLITE_LOCKED": BUSY,
    "SQLITE_PROTOCOL": BUSY,
    "SQLITE_FULL": FULL,
    "SQLITE_CANTOPEN": GONE,
    "SQLITE_CORRUPT": GONE,
    "SQLITE_IOERR": GONE,
    "SQLITE_NOTADB": GONE,
    "SQLITE_PERM": GONE,
    "SQLITE_READONLY": GONE,
}
"""By the first two words of SQLite's name for an error: SQLITE_IOERR_FSYNC is an IOERR."""
_POSTGRES = {"08": GONE, "57": GONE, "53": GONE, "53100": FULL, "40": BUSY, "55P03": BUSY}
"""By SQLSTATE, or by its class."""


@contextmanager
def told(*, saving: bool) -> Iterator[None]:
    """Turns failures that nobody here can help into `Unavailable`; mistakes of ours stay."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        log.error("the database failed: %s", getattr(error, "orig", None) or error)
        raise Unavailable(UNCERTAIN if saving and sentence is GONE else sentence) from error


def _sentence(error: DBAPIError | PoolTimeout) -> str | None:
    if isinstance(error, PoolTimeout):
        return BUSY
    original = error.orig
    if isinstance(original, sqlite3.Error):
        name = getattr(original, "sqlite_errorname", "")
        return _SQLITE.get("_".join(name.split("_")[:2]))
    if isinstance(original, psycopg.Error):
        state = original.sqlstate
        if state is None:  # the server said nothing: the connection failed or broke
            return GONE if isinstance(original, psycopg.OperationalError) else None
        return _POSTGRES.get(state, _POSTGRES.get(state[:2]))
    return None
