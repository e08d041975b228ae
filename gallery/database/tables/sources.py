"""What the Hub said last, and how the demos are doing."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from gallery.database.tables.base import Base, Json


class RepoRecord(Base):
    """The newest facts about one repository, kept so that pages work while the Hub does not."""

    __tablename__ = "repo_records"

    repo_type: Mapped[str] = mapped_column(primary_key=True)
    """`space`, `model` or `dataset`."""
    repo_id: Mapped[str] = mapped_column(primary_key=True)
    facts: Mapped[Json | None]
    """None when the Hub says that there is no such repository."""
    fetched_at: Mapped[datetime]
    tried_at: Mapped[datetime]
    problem: Mapped[str | None]
    """Why the last try failed, when it did."""


class Health(Base):
    """One look at a demo: its stage, and how long its page took to answer."""

    __tablename__ = "health"
    __table_args__ = (Index("ix_health_space", "space_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[str]
    at: Mapped[datetime]
    state: Mapped[str]
    """`live`, `asleep`, `down` or `unknown`."""
    stage: Mapped[str | None]
    """The Hub's own word."""
    seconds: Mapped[float | None]
