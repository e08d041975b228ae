"""Alembic asks here for the connection and the tables; `Database.migrations` hands both in."""

from typing import Literal

from alembic import context

from gallery.database.tables import Base
from gallery.database.tables.base import UtcDateTime


def render_item(kind: str, item: object, _autogenerate: object) -> str | Literal[False]:
    """Migrations name SQLAlchemy's types only, so that an old one outlives a change of ours."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite alters a table by copying it
        compare_type=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
