"""Ids of repositories are compared without case: one Space is one entry.

What was handed in twice under two spellings stays once: the entry of a team before a collected one,
then the one that was first. The other one is withdrawn, whole and with a line in the log, and its
likes go along with the Space.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

HANDED_IN = sa.text("state = 'submitted'")
submissions = sa.table(
    "submissions",
    *map(sa.column, ("id", "event", "team_id", "space_id", "space_key", "state", "number")),
    sa.column("submitted_at", sa.DateTime(timezone=True)),
    sa.column("withdrawn_at", sa.DateTime(timezone=True)),
    sa.column("likes"),
)
teams = sa.table("teams", *map(sa.column, ("id", "lead_id", "dissolved_at")))
likes = sa.table("likes", *map(sa.column, ("submission_id", "account_id")))
repo_records = sa.table(
    "repo_records",
    *map(sa.column, ("repo_type", "repo_id")),
    sa.column("fetched_at", sa.DateTime(timezone=True)),
)
health = sa.table("health", sa.column("space_id"))
log = sa.table(
    "log",
    sa.column("at", sa.DateTime(timezone=True)),
    *map(sa.column, ("actor", "event", "action", "subject_type", "subject_id")),
    sa.column("details", sa.JSON()),
)


def upgrade() -> None:
    with op.batch_alter_table("submissions") as batch:
        batch.add_column(sa.Column("space_key", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("repo_records") as batch:
        batch.add_column(sa.Column("hub_id", sa.String(), nullable=True))
        batch.create_index("ix_repo_records_hub_id", ["hub_id"])
    connection = op.get_bind()
    for spelt in connection.scalars(sa.select(submissions.c.space_id).distinct()).all():
        connection.execute(
            sa.update(submissions)
            .where(submissions.c.space_id == spelt)
            .values(space_key=spelt.casefold())
        )
    _keep_one_of_each(connection)
    _lower_records(connection)
    for spelt in connection.scalars(sa.select(health.c.space_id).distinct()).all():
        if spelt != spelt.casefold():
            connection.execute(
                sa.update(health)
                .where(health.c.space_id == spelt)
                .values(space_id=spelt.casefold())
            )
    _index("space_key")


def downgrade() -> None:
    _index("space_id")
    with op.batch_alter_table("repo_records") as batch:
        batch.drop_index("ix_repo_records_hub_id")
        batch.drop_column("hub_id")
    with op.batch_alter_table("submissions") as batch:
        batch.drop_column("space_key")


def _index(column: str) -> None:
    with op.batch_alter_table("submissions") as batch:
        batch.drop_index("ix_submissions_space")
        batch.drop_index("uq_submissions_submitted_space")
    with op.batch_alter_table("submissions") as batch:
        batch.create_index("ix_submissions_space", [column, "event"])
        batch.create_index(
            "uq_submissions_submitted_space",
            ["event", column],
            unique=True,
            sqlite_where=HANDED_IN,
            postgresql_where=HANDED_IN,
        )


def _keep_one_of_each(connection: sa.Connection) -> None:
    is_claimed = teams.c.lead_id.is_not(None) & teams.c.dissolved_at.is_(None)
    rows = connection.execute(
        sa.select(submissions)
        .join(teams, teams.c.id == submissions.c.team_id)
        .where(submissions.c.state == "submitted")
        .order_by(~is_claimed, submissions.c.submitted_at, submissions.c.id)
    )
    kept: dict[tuple[str, str], Any] = {}
    for row in rows.all():
        first = kept.setdefault((row.event, row.space_key), row)
        if first is not row:
            _give_way(connection, row, to=first)


def _give_way(connection: sa.Connection, row: Any, *, to: Any) -> None:
    now = datetime.now(UTC)
    connection.execute(
        sa.update(submissions)
        .where(submissions.c.id == row.id)
        .values(state="withdrawn", withdrawn_at=now, likes=0)
    )
    both = sa.select(likes.c.account_id).where(likes.c.submission_id == to.id)
    connection.execute(
        sa.delete(likes).where(likes.c.submission_id == row.id, likes.c.account_id.in_(both))
    )
    connection.execute(
        sa.update(likes).where(likes.c.submission_id == row.id).values(submission_id=to.id)
    )
    count = sa.select(sa.func.count()).where(likes.c.submission_id == to.id).scalar_subquery()
    connection.execute(sa.update(submissions).where(submissions.c.id == to.id).values(likes=count))
    connection.execute(
        sa.insert(log).values(
            at=now,
            actor="the gallery",
            event=row.event,
            action="submission.gave_way",
            subject_type="submission",
            subject_id=str(row.id),
            details={
                "number": row.number,
                "by_submission": to.id,
                "reason": f"{row.space_id} and {to.space_id} are one Space, and the other entry "
                "was there first",
            },
        )
    )


def _lower_records(connection: sa.Connection) -> None:
    """Of several about one repository the newest stays."""
    rows = connection.execute(
        sa.select(repo_records).order_by(repo_records.c.fetched_at.desc().nulls_last())
    )
    kept: dict[tuple[str, str], str] = {}
    for row in rows.all():
        key = row.repo_type, row.repo_id.casefold()
        this = (repo_records.c.repo_type == row.repo_type) & (repo_records.c.repo_id == row.repo_id)
        if key in kept:
            connection.execute(sa.delete(repo_records).where(this))
        kept.setdefault(key, row.repo_id)
    for (repo_type, key), spelt in kept.items():
        if spelt != key:
            connection.execute(
                sa.update(repo_records)
                .where(repo_records.c.repo_type == repo_type, repo_records.c.repo_id == spelt)
                .values(repo_id=key)
            )
