"""What jurors score by stands once demos are handed out: a change of the schedule keeps it.

Of judgings of before it is not known; it is kept when demos are handed out once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("schedule_changes") as batch:
        batch.add_column(sa.Column("rubric", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Rows of a kind that the release before does not know go with it."""
    op.execute("DELETE FROM schedule_changes WHERE what = 'rubric'")
    with op.batch_alter_table("schedule_changes") as batch:
        batch.drop_column("rubric")
