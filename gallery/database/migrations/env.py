"""Alembic asks here for the connection and the tables; `Database.migrations` hands them in.

All pending migrations are one transaction, on SQLite too, and a process that comes second waits
for the first and then finds nothing to do.
"""

from typing import Literal

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
    )
    with context.begin_transaction():
        context.run_migrations()


attributes = context.config.attributes
if attributes["connection"] is not None:
    run(attributes["connection"])
else:
    with attributes["rebuild"]() as connection:
        run(connection)
