"""What organisers changed of an event since its file was written: deadlines, the notice."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gallery.database.tables.base import Base


class ScheduleChange(Base):
    """One move of a deadline, or one notice. The newest of each `what` holds, unless it is empty:
    then the event file's word holds again."""

    __tablename__ = "schedule_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(index=True)
    what: Mapped[str]
    """`deadline`, `judging` (its end), or `notice`."""
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
