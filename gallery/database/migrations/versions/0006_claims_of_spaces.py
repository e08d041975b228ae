"""A Space is its owner's: claims that wait for a proof, and people's organisations on the Hub.

What was handed in before stays as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accounts") as batch:
        batch.add_column(
            sa.Column("hub_organisations", sa.JSON(), nullable=False, server_default="[]")
        )
    op.create_table(
        "claims",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("space_key", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_claims_submission_id_submissions")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name=op.f("fk_claims_decided_by_accounts")
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_claims")),
    )
    with op.batch_alter_table("claims") as batch:
        batch.create_index("ix_claims_space_key", ["space_key"])


def downgrade() -> None:
    """What waits becomes a draft again: earlier releases know no waiting."""
    submissions = sa.table("submissions", sa.column("state"))
    op.get_bind().execute(
        sa.update(submissions).where(submissions.c.state == "waiting").values(state="draft")
    )
    op.drop_table("claims")
    with op.batch_alter_table("accounts") as batch:
        batch.drop_column("hub_organisations")
