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
    """Without case (`repo_key`); the facts have the Hub's spelling."""
    hub_id: Mapped[str | None] = mapped_column(index=True)
    """The Hub's own id, by which a repository is known again after it was renamed."""
    facts: Mapped[Json | None]
    """None when the Hub says that there is no such repository, or has never answered."""
    fetched_at: Mapped[datetime | None]
    """When the Hub said so; None when it has never answered."""
    tried_at: Mapped[datetime | None]
    """When it was last asked."""
    problem: Mapped[str | None]
    """Why the last try failed, when it did."""
    announced_at: Mapped[datetime | None] = mapped_column(index=True)
    """When a webhook said that something changed; None again once the Hub was asked."""


class Health(Base):
    """One look at a demo: its stage, and how long its page took to answer."""

    __tablename__ = "health"
    __table_args__ = (
        Index("ix_health_space", "space_id", "at"),
        Index("ix_health_hour", "hour"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[str]
    """Without case (`repo_key`)."""
    at: Mapped[datetime]
    hour: Mapped[int]
    """Whole hours since 1970: old rows are thinned by it, in one statement on either database."""
    state: Mapped[str]
    """`live`, `asleep`, `down`, `gone` or `unknown`."""
    stage: Mapped[str | None]
    """The Hub's own word."""
    seconds: Mapped[float | None]
    """Until the page began to answer."""


class CommitAuthors(Base):
    """Who has commits in a repository that is judged: they must not judge what stands on it."""

    __tablename__ = "commit_authors"

    repo_type: Mapped[str] = mapped_column(primary_key=True)
    """`space`, `model` or `dataset`."""
    repo_id: Mapped[str] = mapped_column(primary_key=True)
    """Without case (`repo_key`)."""
    commit: Mapped[str | None]
    """The newest that was there when the Hub was asked."""
    authors: Mapped[list[str]]
    """Their names on the Hub, in small letters."""
    tried_at: Mapped[datetime]
    """When the Hub was last asked."""
