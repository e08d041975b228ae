"""Ideas, and the teams that form around them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from gallery.database.tables.base import Base
from gallery.database.tables.people import Account
from gallery.names import name_key


class Idea(Base):
    """A proposed project."""

    __tablename__ = "ideas"

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    title: Mapped[str]
    text: Mapped[str]
    """Markdown."""
    number: Mapped[int] = mapped_column(default=1)
    """Goes up with every change; one that was begun on another number is stale."""
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    hidden_reason: Mapped[str | None]

    author: Mapped[Account] = relationship()


class IdeaComment(Base):
    """What somebody says about an idea."""

    __tablename__ = "idea_comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("ideas.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    text: Mapped[str]
    created_at: Mapped[datetime]
    hidden_at: Mapped[datetime | None]
    hidden_reason: Mapped[str | None]

    author: Mapped[Account] = relationship()


class Team(Base):
    """Three to five people, one of them the lead; it may have grown from an idea."""

    __tablename__ = "teams"
    __table_args__ = (
        Index(
            "uq_teams_event_name_key",
            "event",
            "name_key",
            unique=True,
            sqlite_where=text("dissolved_at IS NULL"),
            postgresql_where=text("dissolved_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    name_key: Mapped[str]
    """No two teams of an event have the same; it follows `name`."""
    about: Mapped[str]
    idea_id: Mapped[int | None] = mapped_column(ForeignKey("ideas.id"), index=True)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """None only for a team that was collected from the Hub and that nobody has claimed."""
    hub_owner: Mapped[str | None]
    """The Hub account or organisation that a collected submission belongs to."""
    number: Mapped[int] = mapped_column(default=1)
    """Goes up with every change of name or text; one begun on another number is stale."""
    created_at: Mapped[datetime]
    dissolved_at: Mapped[datetime | None]
    """From then on it has no members, and its name is free again."""

    members: Mapped[list["Membership"]] = relationship(
        back_populates="team", order_by="Membership.joined_at"
    )

    @validates("name")
    def _key(self, _: str, name: str) -> str:
        if name != self.name:  # of old, two may be called the same, and have other keys
            self.name_key = name_key(name)
        return name


class Membership(Base):
    """Somebody in a team; who left and comes back is in it again. One team per event."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("event", "account_id"),)

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    event: Mapped[str]
    joined_at: Mapped[datetime]

    team: Mapped[Team] = relationship(back_populates="members")
    account: Mapped[Account] = relationship()


class JoinRequest(Base):
    """Somebody asks to work on an idea, or to join its team: `waiting`, `accepted`, `declined`."""

    __tablename__ = "join_requests"
    __table_args__ = (UniqueConstraint("idea_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("ideas.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    message: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()


class TeamInvitation(Base):
    """A team asks somebody by name: `waiting`, `accepted`, `declined` or `taken_back`."""

    __tablename__ = "team_invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    invited_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    state: Mapped[str]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    team: Mapped[Team] = relationship()
    account: Mapped[Account] = relationship(foreign_keys=account_id)


class TeamToken(Base):
    """Lets a program act for a team through the API; the table holds the token's digest."""

    __tablename__ = "team_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    """Who made it: the log names them, and it dies when they leave the team."""
    label: Mapped[str]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
