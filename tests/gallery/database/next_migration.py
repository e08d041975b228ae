"""A migration that might come after the shipped ones."""

from pathlib import Path

from alembic.config import Config

from gallery.database.connection import MIGRATIONS

NEXT = '''"""A motto for everybody."""

import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accounts") as batch:
        batch.add_column(sa.Column("motto", sa.String(), nullable=False, server_default="none"))
        batch.alter_column("display_name", nullable=True)
    {then}


def downgrade() -> None:
    with op.batch_alter_table("accounts") as batch:
        batch.drop_column("motto")
        batch.alter_column("display_name", nullable=False)
'''


def with_next(
    migrations: Config, folder: Path, before: str | None, *, then: str = "return"
) -> Config:
    """The shipped migrations and one more, which ends with the statement `then`."""
    folder.joinpath("next.py").write_text(NEXT.format(before=before, then=then), "utf-8")
    migrations.set_main_option("path_separator", "newline")
    migrations.set_main_option("version_locations", f"{MIGRATIONS / 'versions'}\n{folder}")
    return migrations
