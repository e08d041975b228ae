"""Submissions: what a team hands in, every version of it, and what the checks said."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from gallery.database.tables.base import Base, Json
from gallery.database.tables.teams import Team
from spaces.hub.addresses import repo_key


def _key_of_new_row(context: DefaultExecutionContext) -> str:
    """For rows that are inserted without an object."""
    return repo_key(context.get_current_parameters()["space_id"])


class Submission(Base):
    """A demo in an event: `draft`, `submitted` or `withdrawn`, and perhaps hidden.

    It is `waiting` when it was handed in by a team that has yet to show that the Space is theirs,
    and `withheld` while those who handed it in are declined.

    The columns from `title` on repeat the current revision and the newest facts from the Hub, so
    that ten thousand cards are searched, filtered and sorted without opening a JSON column.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        Index("ix_submissions_browse", "event", "state", "submitted_at"),
        Index("ix_submissions_space", "space_key", "event"),
        # Only what was handed in holds its Space: nobody can keep a team out by a draft of it.
        Index(
            "uq_submissions_submitted_space",
            "event",
            "space_key",
            unique=True,
            sqlite_where=text("state = 'submitted'"),
            postgresql_where=text("state = 'submitted'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str]
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    space_id: Mapped[str]
    """`owner/name` as the Hub spells it, once it was asked."""
    space_key: Mapped[str] = mapped_column(default=_key_of_new_row)
    """`space_id` without case, by which entries of one Space find each other. It follows."""
    source: Mapped[str]
    """`team`, or `collected` from the Hub by the event's tag."""
    state: Mapped[str]
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    hidden_reason: Mapped[str | None]
    number: Mapped[int]
    """The newest revision's; a save that was begun on another one is stale."""

    title: Mapped[str]
    emoji: Mapped[str]
    summary: Mapped[str]
    thumbnail: Mapped[str | None]
    """Digest of a stored picture."""
    second_picture: Mapped[str | None]
    """Digest of the one that a card shows on hover."""
    likes: Mapped[int] = mapped_column(default=0)
    """Of people here."""
    hub_likes: Mapped[int] = mapped_column(default=0)
    health: Mapped[str] = mapped_column(default="unknown")
    """`live`, `asleep`, `down`, `gone` or `unknown`."""
    search_text: Mapped[str] = mapped_column(default="")
    """Everything that can be searched, in small letters without accents."""

    @validates("space_id")
    def _set_key(self, _name: str, space_id: str) -> str:
        self.space_key = repo_key(space_id)
        return space_id

    team: Mapped[Team] = relationship()
    facets: Mapped[list["Facet"]] = relationship(cascade="all, delete-orphan")


class Facet(Base):
    """One thing that a submission can be filtered by: `kind` is tag, task, control, base_model…"""

    __tablename__ = "facets"
    __table_args__ = (Index("ix_facets_kind_value", "kind", "value"),)

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)


class Revision(Base):
    """What a submission said from `saved_at` on, whole.

    It is never altered, with one exception: while a submission is a draft, what one person saves
    within minutes becomes one revision, under the newest number.
    """

    __tablename__ = "revisions"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    saved_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    begun_at: Mapped[datetime]
    """When the first of the saves that it holds was made."""
    note: Mapped[str] = mapped_column(default="")
    """Why, where somebody had to say so: organisers who edit after the deadline."""
    content: Mapped[Json]
    """A `SubmissionContent` as JSON."""


class Picture(Base):
    """A picture that was checked and re-encoded; its file is named by its digest."""

    __tablename__ = "pictures"

    digest: Mapped[str] = mapped_column(primary_key=True)
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    """Bytes."""
    created_at: Mapped[datetime]
    """Or when it was last handed in again: unused ones are swept a day later."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    """Who handed it in; None for what was taken from the Hub."""


class CheckRun(Base):
    """What `spaces.checks.run` said about a submission at one time."""

    __tablename__ = "check_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    at: Mapped[datetime]
    space_revision: Mapped[str | None]
    """The commit that was looked at."""
    results: Mapped[list[Json]]


class Claim(Base):
    """That a submission's Space is its team's: `waiting`, `proved` by its README, `granted` or
    `refused` by organisers. Who owns the Space on the Hub needs none."""

    __tablename__ = "claims"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    space_key: Mapped[str] = mapped_column(index=True)
    """Of the Space; a submission that moves to another one claims anew."""
    line: Mapped[str]
    """What the Space's README must say."""
    state: Mapped[str]
    asked_at: Mapped[datetime]
    """When it was handed in."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str | None]
    """Why it waits or was decided so, where there is more to say than that nobody is known."""


class Pin(Base):
    """A repository's commit at the deadline, and the first other one seen since."""

    __tablename__ = "pins"
    __table_args__ = (Index("ix_pins_repo", "repo_type", "repo_key"),)

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    repo_type: Mapped[str] = mapped_column(primary_key=True)
    repo_id: Mapped[str] = mapped_column(primary_key=True)
    repo_key: Mapped[str]
    """`repo_id` without case. It follows."""
    deadline: Mapped[datetime]
    """What it was taken for: it means nothing once another deadline is in force."""
    revision_number: Mapped[int]
    """The submission's revision that was pinned along."""
    commit: Mapped[str | None]
    """None when there was no such repository, or it was private."""
    facts: Mapped[Json | None]
    """What the repository said at that commit, but for the list of its files; None where that could
    not be had."""
    pinned_at: Mapped[datetime]
    drifted_to: Mapped[str | None]
    """A commit, or `deleted`."""
    drifted_at: Mapped[datetime | None]

    @validates("repo_id")
    def _set_key(self, _name: str, repo_id: str) -> str:
        self.repo_key = repo_key(repo_id)
        return repo_id
