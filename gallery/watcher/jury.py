"""What a jury needs of the watcher: conflicts that arise while it is at work.

Whatever changes a team, who somebody is, or what a demo links to can lead to one. The log says that
something of the kind happened, so conflicts are looked for within seconds of it; who has commits in
the linked repositories is asked of the Hub in rounds.
"""

import logging

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gallery.actor import WATCHER
from gallery.database.tables import Judging, LogEntry
from gallery.event.event import Event
from gallery.event.phase import PhaseKey
from gallery.gallery import Gallery
from gallery.judging import conflicts, contributors
from gallery.watcher.rounds import Round

log = logging.getLogger(__name__)

TELLING = ("account", "join_request", "role", "submission", "team", "team_invitation")
"""The nouns of the log after which somebody may be in conflict who was not."""


class Conflicts:
    """Remembers how far the log was read; the first look is taken whatever it says."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._read: int | None = None

    def look(self, round: Round) -> None:
        """Lets what is new take effect, if the log says that something may be."""
        gallery = self._gallery
        with gallery.database.read() as session:
            events = judged(session, gallery)
            newest = session.scalar(select(func.max(LogEntry.id))) or 0
            if not events or (self._read is not None and not _tells(session, self._read)):
                self._read = newest
                return
        self._find(events)
        self._read = newest

    def ask(self, round: Round) -> None:
        """Asks the Hub who has commits in what is judged, and looks again."""
        with self._gallery.database.read() as session:
            events = judged(session, self._gallery)
        for event in events:
            for _ in contributors.ask(self._gallery, event, before=round.pace.wait):
                if round.stopped():
                    return
        self._find(events)

    def _find(self, events: list[Event]) -> None:
        for event in events:
            for one in conflicts.look(self._gallery, WATCHER, event):
                log.info("a conflict arose: juror %d, demo %d", one.account_id, one.submission_id)


def judged(session: Session, gallery: Gallery) -> list[Event]:
    """Events whose jury is at work, or could be, and of which nothing is published."""
    now = gallery.clock()
    begun = {one.event: one.published_at for one in session.scalars(select(Judging))}
    return [
        event
        for slug, event in gallery.events.items()
        if begun.get(slug) is None and (slug in begun or event.is_open(PhaseKey.JUDGING, now))
    ]


def _tells(session: Session, read: int) -> bool:
    wanted = select(LogEntry.id).where(
        LogEntry.id > read, or_(*(LogEntry.action.startswith(f"{one}.") for one in TELLING))
    )
    return session.scalar(wanted.limit(1)) is not None
