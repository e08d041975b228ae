"""A pin says which deadline it was taken for, and is compared without case.

Those of before do not say for which. They get the moment at which they were taken, which is no
event's deadline, and so are taken anew from the Hub's history.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("pins") as batch:
        batch.add_column(sa.Column("repo_key", sa.String(), nullable=True))
        batch.add_column(sa.Column("deadline", sa.DateTime(timezone=True), nullable=True))
    pins = sa.table("pins", *map(sa.column, ("repo_id", "repo_key", "deadline", "pinned_at")))
    connection = op.get_bind()
    connection.execute(sa.update(pins).values(deadline=pins.c.pinned_at))
    for spelt in connection.scalars(sa.select(pins.c.repo_id).distinct()).all():
        connection.execute(
            sa.update(pins).where(pins.c.repo_id == spelt).values(repo_key=spelt.casefold())
        )
    with op.batch_alter_table("pins") as batch:
        batch.alter_column("repo_key", existing_type=sa.String(), nullable=False)
        batch.alter_column("deadline", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.drop_index("ix_pins_repo")
        batch.create_index("ix_pins_repo", ["repo_type", "repo_key"])


def downgrade() -> None:
    with op.batch_alter_table("pins") as batch:
        batch.drop_index("ix_pins_repo")
        batch.create_index("ix_pins_repo", ["repo_type", "repo_id"])
        batch.drop_column("deadline")
        batch.drop_column("repo_key")
