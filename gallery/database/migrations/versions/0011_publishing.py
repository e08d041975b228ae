"""Publishing at a set time, notes of the deliberation, feedback to the teams.

Judgings of before get a seed of their own for pseudonyms. Going back forgets the notes, the
decisions on comments, and when a result was to be published; what was published stays.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ADDED = {
    "pseudonym_seed": "",
    "settled_on": "",
    "publish_with_feedback": False,
    "publish_problem": "",
}


def upgrade() -> None:
    with op.batch_alter_table("judgings") as batch:
        for name, value in ADDED.items():
            kind = sa.Boolean() if isinstance(value, bool) else sa.String()
            batch.add_column(sa.Column(name, kind, nullable=True))
        batch.add_column(sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("feedback_at", sa.DateTime(timezone=True), nullable=True))
    names = ("event", *ADDED)
    judgings, connection = sa.table("judgings", *map(sa.column, names)), op.get_bind()
    for event in connection.scalars(sa.select(judgings.c.event)).all():
        values = {**ADDED, "pseudonym_seed": secrets.token_hex(16)}
        connection.execute(sa.update(judgings).where(judgings.c.event == event).values(**values))
    with op.batch_alter_table("judgings") as batch:
        for name, value in ADDED.items():
            kind = sa.Boolean() if isinstance(value, bool) else sa.String()
            batch.alter_column(name, existing_type=kind, nullable=False)
    op.create_table(
        "deliberation_notes",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=True),
        _key("deliberation_notes", "submission_id", "submissions"),
        _key("deliberation_notes", "saved_by", "accounts"),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_deliberation_notes")),
    )
    op.create_index("ix_deliberation_notes_event", "deliberation_notes", ["event"])
    op.create_table(
        "feedback",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("is_held_back", sa.Boolean(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("lot", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        _key("feedback", "account_id", "accounts"),
        _key("feedback", "submission_id", "submissions"),
        _key("feedback", "decided_by", "accounts"),
        sa.PrimaryKeyConstraint("account_id", "submission_id", name=op.f("pk_feedback")),
    )
    op.create_index("ix_feedback_event", "feedback", ["event"])
    op.create_index("ix_feedback_submission_id", "feedback", ["submission_id"])


def downgrade() -> None:
    op.drop_table("feedback")
    op.drop_table("deliberation_notes")
    with op.batch_alter_table("judgings") as batch:
        for name in (*ADDED, "publish_at", "feedback_at"):
            batch.drop_column(name)


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )
