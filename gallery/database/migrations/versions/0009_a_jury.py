"""A jury: assignments, ballots, comparisons, conflicts, and what was published.

Earlier releases know no jury: going back leaves nothing of one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "judgings",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("away", sa.JSON(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("final_order", sa.JSON(), nullable=False),
        sa.Column("final_reason", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_judgings")),
    )
    _of_juror_and_demo(
        "assignments",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
    )
    op.create_index("ix_assignments_event", "assignments", ["event", "account_id"])
    _of_juror_and_demo(
        "ballots",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("flag", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside_reason", sa.String(), nullable=False),
    )
    op.create_index("ix_ballots_event", "ballots", ["event", "account_id"])
    _of_juror_and_demo(
        "conflicts",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_conflicts_event", "conflicts", ["event"])
    op.create_table(
        "comparisons",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("better", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_comparisons_account_id_accounts")
        ),
        *(
            sa.ForeignKeyConstraint(
                [one], ["submissions.id"], name=op.f(f"fk_comparisons_{one}_submissions")
            )
            for one in ("first_id", "second_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "first_id", "second_id", name=op.f("pk_comparisons")),
    )
    op.create_index("ix_comparisons_event", "comparisons", ["event"])


def downgrade() -> None:
    for table in ("comparisons", "conflicts", "ballots", "assignments", "judgings"):
        op.drop_table(table)


def _of_juror_and_demo(table: str, *columns: sa.Column) -> None:
    op.create_table(
        table,
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f(f"fk_{table}_submission_id_submissions"),
        ),
        sa.PrimaryKeyConstraint("account_id", "submission_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_submission_id", table, ["submission_id"])
