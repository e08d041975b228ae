"""Who did what, when: one row beside every change, in the same transaction, never altered."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gallery.database.tables.base import Base, Json


class LogEntry(Base):
    """`action` is "submission.submitted"; triggers in the database refuse updates and deletes."""

    __tablename__ = "log"
    __table_args__ = (Index("ix_log_subject", "subject_type", "subject_id", "action"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """None when a program acted: the command line, the watcher."""
    actor: Mapped[str]
    event: Mapped[str | None] = mapped_column(index=True)
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    details: Mapped[Json]
