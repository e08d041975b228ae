"""One change in the making: its transaction, who makes it, when, and in which event."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database import log
from gallery.database.tables.base import Json
from gallery.event.event import Event


@dataclass(frozen=True)
class Act:
    """Made by pages, API, shell and watcher; handed through use cases."""

    session: Session
    actor: Actor
    now: datetime
    event: Event

    def record(
        self, action: str, *, subject: tuple[str, object], details: Json | None = None
    ) -> None:
        """Writes the log beside the change: `database.log.record`."""
        log.record(
            self.session,
            self.actor,
            self.now,
            action,
            subject=subject,
            event=self.event.slug,
            details=details,
        )
