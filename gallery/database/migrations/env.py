"""Alembic asks here for the connection and the tables; `Database.migrations` hands the engine in.

All pending migrations are one transaction, on SQLite too, and a process that comes second waits
for the first and then finds nothing to do.
"""

import sqlite3
from typing import Literal, cast

from alembic import context
from sqlalchemy import Connection

from gallery.database.tables import Base
from gallery.database.tables.base import UtcDateTime


def render_item(kind: str, item: object, _autogenerate: object) -> str | Literal[False]:
    """Migrations name SQLAlchemy's types only, so that an old one outlives a change of ours."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite alters a table by copying it
        compare_type=True,
        render_item=render_item,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            assert not lost, f"the migration leaves rows that point nowhere: {lost[:3]}"


with context.config.attributes["engine"].connect() as connection:
    if connection.dialect.name == "sqlite":
        # Copying a table drops the old one; with foreign keys on, that would empty those that
        # point to it. The pragma does nothing inside a transaction, so it comes before one.
        raw = cast(sqlite3.Connection, connection.connection.dbapi_connection)
        raw.execute("PRAGMA foreign_keys = OFF")
        connection.detach()
    run(connection)
