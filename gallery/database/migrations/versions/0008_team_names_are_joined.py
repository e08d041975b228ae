"""What is searched of a submission has its team's name no more: the listing joins it."""

import sqlalchemy as sa
from alembic import op

from gallery.folding import fold

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEAMS = sa.table("teams", sa.column("id"), sa.column("name"))
SUBMISSIONS = sa.table(
    "submissions", *(sa.column(name) for name in ("id", "team_id", "title", "search_text"))
)


def upgrade() -> None:
    for row, title, name in _rows():
        if row.search_text.startswith(f"{title} {name} ".lstrip()):
            _keep(row.id, f"{title} {row.search_text[len(title) + len(name) + 2 :]}")


def downgrade() -> None:
    for row, title, name in _rows():
        _keep(row.id, f"{title} {name} {row.search_text[len(title) + 1 :]}")


def _rows() -> list[tuple[sa.Row, str, str]]:
    columns = (SUBMISSIONS.c.id, SUBMISSIONS.c.title, SUBMISSIONS.c.search_text, TEAMS.c.name)
    together = SUBMISSIONS.join(TEAMS, SUBMISSIONS.c.team_id == TEAMS.c.id)
    found = op.get_bind().execute(sa.select(*columns).select_from(together)).all()
    return [(row, fold(row.title), fold(row.name)) for row in found]


def _keep(submission_id: int, text: str) -> None:
    wanted = SUBMISSIONS.c.id == submission_id
    op.get_bind().execute(SUBMISSIONS.update().where(wanted).values(search_text=text))
