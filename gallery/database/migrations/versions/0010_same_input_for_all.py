"""Same input for all: sheets and their tiles; who has commits in what is judged.

Earlier releases know neither: going back leaves nothing of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sheets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("picture_digest", sa.String(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sheets_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheets")),
    )
    op.create_index("ix_sheets_event", "sheets", ["event", "account_id"])
    op.create_index("ix_sheets_account_id", "sheets", ["account_id"])
    op.create_table(
        "sheet_tiles",
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("says", sa.String(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("picture_digest", sa.String(), nullable=True),
        sa.Column("took", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["sheets.id"], name=op.f("fk_sheet_tiles_sheet_id_sheets")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_sheet_tiles_submission_id_submissions"),
        ),
        sa.PrimaryKeyConstraint("sheet_id", "submission_id", name=op.f("pk_sheet_tiles")),
    )
    op.create_index("ix_sheet_tiles_state", "sheet_tiles", ["state", "sheet_id", "place"])
    op.create_index("ix_sheet_tiles_submission_id", "sheet_tiles", ["submission_id"])
    op.create_table(
        "commit_authors",
        sa.Column("repo_type", sa.String(), nullable=False),
        sa.Column("repo_id", sa.String(), nullable=False),
        sa.Column("commit", sa.String(), nullable=True),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("repo_type", "repo_id", name=op.f("pk_commit_authors")),
    )


def downgrade() -> None:
    for table in ("commit_authors", "sheet_tiles", "sheets"):
        op.drop_table(table)
