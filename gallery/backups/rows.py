"""Rows as lines of JSON and back, the same from SQLite as from PostgreSQL."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Connection, DateTime, MetaData, Table, func, insert, null, select, text
from sqlalchemy.orm import Session

from gallery.database.tables import Base

LEFT_OUT: Mapping[str, str] = {
    "sign_in_sessions": "whoever is signed in",
    "hub_sign_ins": "sign-ins that are under way",
    "email_links": "one-time links that were sent",
    "role_invitations": "invitations that nobody has followed yet",
    "team_tokens": "the teams' API tokens",
    "attempts": "counts of tries, which are over in minutes",
}
"""Tables that no backup holds, with what that is for people. Most could let somebody in."""
BATCH = 1000


def kept_tables() -> list[Table]:
    """The tables that a backup holds, those that others point to first."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


def dump(session: Session, table: Table) -> Iterator[bytes]:
    """One line a row, in the order of the primary key."""
    rows = select(table).order_by(*table.primary_key.columns)
    for row in session.execute(rows, execution_options={"yield_per": BATCH}).mappings():
        values = {name: _plain(value) for name, value in row.items()}
        yield (
            json.dumps(values, ensure_ascii=False, sort_keys=True, default=_refuse).encode() + b"\n"
        )


def load(connection: Connection, table: Table, lines: Iterable[bytes]) -> int:
    """Inserts the rows; `table` as it is in the database, which may be of an older form."""
    is_sqlite = connection.dialect.name == "sqlite"
    rows = (_typed(json.loads(line), table, is_sqlite=is_sqlite) for line in lines)
    count = 0
    while some := list(islice(rows, BATCH)):
        connection.execute(insert(table), some)
        count += len(some)
    return count


def reflected(connection: Connection) -> MetaData:
    """The tables as they are in the database now."""
    metadata = MetaData()
    metadata.reflect(connection)
    return metadata


def are_there(connection: Connection) -> bool:
    """Whether any table that a backup holds has a row."""
    return any(
        connection.execute(select(1).select_from(table).limit(1)).first() for table in kept_tables()
    )


def continue_numbers(connection: Connection, metadata: MetaData) -> None:
    """Lets PostgreSQL number new rows after the loaded ones; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": f'"{table.name}"', "column": column.name},
        )
        last = connection.scalar(select(func.max(column)))
        if sequence is not None and last is not None:
            connection.execute(select(func.setval(sequence, last)))


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _refuse(value: object) -> None:
    raise AssertionError(f"backups must learn to keep {type(value).__name__}")


def _typed(row: Mapping[str, Any], table: Table, *, is_sqlite: bool) -> dict[str, Any]:
    return {
        name: _as_column(value, table.columns[name].type, is_sqlite=is_sqlite)
        for name, value in row.items()
    }


def _as_column(value: Any, kind: object, *, is_sqlite: bool) -> Any:
    if isinstance(kind, JSON):
        return null() if value is None else value
    if isinstance(kind, DateTime) and value is not None:
        when = datetime.fromisoformat(value)
        return when.replace(tzinfo=None) if is_sqlite else when
    return value
