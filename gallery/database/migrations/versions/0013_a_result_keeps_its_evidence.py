"""A published result keeps what it was made of, whatever is hidden or withdrawn later.

Of what was published before it is not known; an export then has what counts at that moment.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("judgings") as batch:
        batch.add_column(sa.Column("published_evidence", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("judgings") as batch:
        batch.drop_column("published_evidence")
