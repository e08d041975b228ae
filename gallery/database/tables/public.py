"""What everybody may do with a submission: like it, report it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gallery.database.tables.base import Base


class Like(Base):
    """One per account and submission."""

    __tablename__ = "likes"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    at: Mapped[datetime]


class Report(Base):
    """Somebody says that something should not be here: `open`, `upheld` or `dismissed`."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(index=True)
    subject_type: Mapped[str]
    """`submission`, `idea` or `comment`."""
    subject_id: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str]
    at: Mapped[datetime]
    state: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decision: Mapped[str | None]
