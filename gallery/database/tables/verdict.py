"""From scores to a verdict: notes of the deliberation, and comments on their way to the teams."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gallery.database.tables.base import Base


class DeliberationNote(Base):
    """What organisers note of one demo while they settle the order: one text of all of them."""

    __tablename__ = "deliberation_notes"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    event: Mapped[str] = mapped_column(index=True)
    number: Mapped[int]
    """Of the newest save; one that was begun on another is stale."""
    text: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime]
    saved_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Feedback(Base):
    """What organisers decided on one juror's comment: whether, and in which words, it is sent."""

    __tablename__ = "feedback"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submissions.id"), primary_key=True, index=True
    )
    event: Mapped[str] = mapped_column(index=True)
    is_held_back: Mapped[bool]
    original: Mapped[str]
    """As the juror wrote it when this was decided; another text since is to be decided anew."""
    text: Mapped[str]
    """As the team reads it."""
    reason: Mapped[str] = mapped_column(default="")
    """Why it was altered or held back."""
    lot: Mapped[int]
    """Drawn at random: the order in which a team reads them says nothing of who wrote which."""
    decided_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    sent_at: Mapped[datetime | None]
    """Since then the team reads it, and it stays as it is."""
