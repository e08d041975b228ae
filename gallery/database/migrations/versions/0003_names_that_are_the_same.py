"""Teams are told apart by a key of their name: without case, accents and what nobody sees.

Teams that are called the same by that keep their names; the oldest holds the key, and the others
get one that no name has.
"""

import sqlalchemy as sa
from alembic import op

from gallery.names import name_key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STANDING = sa.text("dissolved_at IS NULL")


def upgrade() -> None:
    op.add_column("teams", sa.Column("name_key", sa.String(), nullable=True))
    teams = sa.table(
        "teams",
        *(sa.column(name) for name in ("id", "event", "name", "name_key", "dissolved_at")),
    )
    connection = op.get_bind()
    taken: set[tuple[str, str]] = set()
    for row in connection.execute(sa.select(teams).order_by(teams.c.id)).all():
        key = name_key(row.name)
        if row.dissolved_at is None:
            key = f"{key}\n{row.id}" if (row.event, key) in taken else key
            taken.add((row.event, key))
        connection.execute(teams.update().where(teams.c.id == row.id).values(name_key=key))
    with op.batch_alter_table("teams") as batch:
        batch.alter_column("name_key", existing_type=sa.String(), nullable=False)
        batch.drop_index("uq_teams_event_name")
        batch.create_index(
            "uq_teams_event_name_key",
            ["event", "name_key"],
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        )


def downgrade() -> None:
    with op.batch_alter_table("teams") as batch:
        batch.drop_index("uq_teams_event_name_key")
        batch.drop_column("name_key")
        batch.create_index(
            "uq_teams_event_name",
            ["event", "name"],
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        )
