"""Which team somebody was taken out of when they were declined: there they return."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sign_ups") as batch:
        batch.add_column(sa.Column("left_team_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            "fk_sign_ups_left_team_id_teams", "teams", ["left_team_id"], ["id"]
        )


def downgrade() -> None:
    """What is withheld is withdrawn: earlier releases know no withholding."""
    submissions = sa.table("submissions", sa.column("state"))
    op.get_bind().execute(
        sa.update(submissions).where(submissions.c.state == "withheld").values(state="withdrawn")
    )
    with op.batch_alter_table("sign_ups") as batch:
        batch.drop_constraint("fk_sign_ups_left_team_id_teams", type_="foreignkey")
        batch.drop_column("left_team_id")
