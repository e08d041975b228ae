"""Same input for all: one prompt, picture and seed, and what each demo of a list made of them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gallery.database.tables.base import Base


class Sheet(Base):
    """What was asked of all, and by whom."""

    __tablename__ = "sheets"
    __table_args__ = (Index("ix_sheets_event", "event", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    prompt: Mapped[str]
    picture_digest: Mapped[str]
    seed: Mapped[int]
    choice: Mapped[str]
    """`chosen` by hand, or the `shortlist`, which tells of the ranking."""
    made_at: Mapped[datetime]
    shared_at: Mapped[datetime | None]
    """When an organiser who made it let jurors see it."""


class SheetTile(Base):
    """One demo's answer. `state` is a `tiles.State`."""

    __tablename__ = "sheet_tiles"
    __table_args__ = (Index("ix_sheet_tiles_state", "state", "sheet_id", "place"),)

    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheets.id"), primary_key=True)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submissions.id"), primary_key=True, index=True
    )
    place: Mapped[int]
    """In which order they are asked."""
    state: Mapped[str]
    attempt: Mapped[int]
    """Grows each time it is run again: an answer to an earlier one is dropped."""
    changed_at: Mapped[datetime]
    says: Mapped[str] = mapped_column(default="")
    """Why there is no picture, in a sentence."""
    seconds: Mapped[float | None]
    """From asking to the picture."""
    picture_digest: Mapped[str | None]
    took: Mapped[list[str]] = mapped_column(default=list)
    """Of words, picture and seed, those that the demo has a parameter for."""
