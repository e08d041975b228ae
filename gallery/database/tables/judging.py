"""The jury: who looks at what, what they say of it, and what was published."""

import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gallery.database.tables.base import Base, Json


class Judging(Base):
    """One event's jury: how it was planned, closed, and what was published of it, once."""

    __tablename__ = "judgings"

    event: Mapped[str] = mapped_column(primary_key=True)
    looks: Mapped[int]
    """So many jurors see each demo, at least."""
    anchors: Mapped[list[int]] = mapped_column(default=list)
    """Demos, by number, that all jurors see, so that severity is told from quality."""
    away: Mapped[list[int]] = mapped_column(default=list)
    """Jurors, by account, who take no part (any more): nothing new is given to them."""
    closed_at: Mapped[datetime | None]
    """Organisers may close before the phase ends, and open again."""
    final_order: Mapped[list[int]] = mapped_column(default=list)
    """What the organisers settled on: submissions, best first, as numbers."""
    final_reason: Mapped[str] = mapped_column(default="")
    """Why it is another order than the ranking's; empty where it is the same."""
    settled_on: Mapped[str] = mapped_column(default="")
    """The digest of what the order was settled on; empty while it was not."""
    publish_at: Mapped[datetime | None]
    """When it is to be published by itself; None while that is not set, and afterwards."""
    publish_with_feedback: Mapped[bool] = mapped_column(default=False)
    """Whether the teams get what is released of the jurors' comments at the same moment."""
    publish_problem: Mapped[str] = mapped_column(default="")
    """Why it was not published when it was to be; empty where nothing was in the way."""
    feedback_at: Mapped[datetime | None]
    """Since when the teams read what was released of the jurors' comments."""
    pseudonym_seed: Mapped[str] = mapped_column(default=lambda: secrets.token_hex(16))
    """Draws the jurors' pseudonyms. It is in no export: with it, they could be undone."""
    published_at: Mapped[datetime | None]
    published: Mapped[Json | None]
    """The result as it was published: a `results.Result` as JSON, never altered."""
    published_evidence: Mapped[Json | None]
    """What it was made of: an `evidence.Evidence` as JSON, never altered either."""


class Assignment(Base):
    """That a juror is to look at a demo: `open`, `skipped` by them, or `dropped` by others."""

    __tablename__ = "assignments"
    __table_args__ = (Index("ix_assignments_event", "event", "account_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submissions.id"), primary_key=True, index=True
    )
    event: Mapped[str]
    state: Mapped[str]
    assigned_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    """Why it was skipped or dropped."""


class Ballot(Base):
    """What one juror says of one demo. It counts once it is finished, and while nobody set it
    aside."""

    __tablename__ = "ballots"
    __table_args__ = (Index("ix_ballots_event", "event", "account_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submissions.id"), primary_key=True, index=True
    )
    event: Mapped[str]
    number: Mapped[int]
    """Of the newest save; one that was begun on another is stale."""
    scores: Mapped[Json]
    """A whole number by each criterion's key, those that were given."""
    comment: Mapped[str] = mapped_column(default="")
    """For the team, after moderation."""
    note: Mapped[str] = mapped_column(default="")
    """For the juror alone."""
    flag: Mapped[str] = mapped_column(default="")
    """What organisers should look at."""
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    position: Mapped[int | None]
    """In which place of their evening the juror finished it, from 0."""
    set_aside_at: Mapped[datetime | None]
    set_aside_reason: Mapped[str] = mapped_column(default="")


class Comparison(Base):
    """Which of two demos one juror finds better. `first_id` is the smaller of the two."""

    __tablename__ = "comparisons"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    event: Mapped[str] = mapped_column(index=True)
    better: Mapped[str]
    """`first`, `second` or `equal`."""
    at: Mapped[datetime]
    set_aside_at: Mapped[datetime | None]


class Conflict(Base):
    """Why a juror must not judge a demo: declared by them, or found by who they are."""

    __tablename__ = "conflicts"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submissions.id"), primary_key=True, index=True
    )
    event: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    """A `conflicts.Kind`."""
    reason: Mapped[str]
    at: Mapped[datetime]
