"""What people are told: a line on their news page, and a letter where they gave an address."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gallery.database.tables.base import Base
from gallery.database.tables.people import Account


class Notification(Base):
    """One piece of news for one person. It is unread until they open their news."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        Index("ix_notifications_about", "subject_type", "subject_id"),
        Index("ix_notifications_unread", "account_id", "read_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    event: Mapped[str]
    kind: Mapped[str]
    """A `notifications.Kind`."""
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    """What it is about, named as in the log: `join_request` and its number."""
    title: Mapped[str]
    """One line, which is the letter's subject as well."""
    text: Mapped[str]
    path: Mapped[str]
    """Of the page where one looks at it."""
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    key: Mapped[str | None]
    """Names what is told once however often it is noticed: a reminder, a demo that is down."""

    letter: Mapped["Letter | None"] = relationship(back_populates="notification")
    account: Mapped[Account] = relationship()


class Letter(Base):
    """The outbox: a letter that is `waiting`, `sent`, `failed` for good, or was `dropped`."""

    __tablename__ = "letters"
    __table_args__ = (Index("ix_letters_due", "state", "next_try_at"),)

    notification_id: Mapped[int] = mapped_column(ForeignKey("notifications.id"), primary_key=True)
    state: Mapped[str]
    tries: Mapped[int]
    next_try_at: Mapped[datetime]
    """While a letter is being sent, when it is taken for lost with the process that sends it."""
    until: Mapped[datetime | None]
    """From then on it would be news no more."""
    sent_at: Mapped[datetime | None]

    notification: Mapped[Notification] = relationship(back_populates="letter")


class NotificationSwitch(Base):
    """A kind of news that somebody switched off, on one `channel`: `badge` or `letter`."""

    __tablename__ = "notification_switches"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
