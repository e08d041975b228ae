"""What holds of an event beside its file: deadlines and the notice that organisers changed, and
the rubric that jurors score by."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gallery.database.tables.base import Base, Json


class ScheduleChange(Base):
    """One move of a deadline, one notice, or the rubric as it stood. The newest of each `what`
    holds, unless it is empty: then the event file's word holds again."""

    __tablename__ = "schedule_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(index=True)
    what: Mapped[str]
    """`deadline`, `judging` (its end), `notice`, or `rubric`."""
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str]
    deadline: Mapped[datetime | None]
    moved_from: Mapped[datetime | None]
    """The one that was in force before: of the same `what`."""
    file_deadline: Mapped[datetime | None]
    """What the event file said of handing in then."""
    notice: Mapped[str | None]
    """Markdown."""
    rubric: Mapped[Json | None]
    """An `event.rubric.Rubric` as JSON: its criteria when demos were first handed out."""
