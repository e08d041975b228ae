"""The events in force: what their files say, with what organisers changed since.

Kept in memory and looked at anew when this process commits a change, before every request that
changes something, and once a second; so what one process changes holds in all others.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from threading import Lock

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select
from sqlalchemy.orm import Session, UOWTransaction

from gallery.database.connection import Database
from gallery.database.tables import ScheduleChange
from gallery.errors import GalleryError, Invalid
from gallery.event.event import Event, Moved, PhaseKey
from gallery.event.moving import with_deadline, with_judging_until, with_notice
from gallery.event.rubric import Rubric, with_rubric

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
CHANGED = "schedule changed"


class EventsInForce(Mapping[str, Event]):
    """By slug, in the order of the files."""

    def __init__(self, files: Mapping[str, Event], database: Database) -> None:
        self.files = files
        """As their files say."""
        self._database = database
        self._events: Mapping[str, Event] = files
        self._seen: tuple[int, ...] | None = None
        self._looked: float | None = None
        self._lock = Lock()
        self._followers: list[Callable[[], None]] = []
        sqlalchemy_event.listen(database.writing, "after_flush", _note)
        sqlalchemy_event.listen(database.writing, "after_commit", self._committed)
        sqlalchemy_event.listen(database.writing, "after_rollback", _forget)

    def __getitem__(self, slug: str) -> Event:
        return self._now()[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    @property
    def is_due(self) -> bool:
        """Whether the last look is a second ago."""
        return self._looked is None or time.monotonic() - self._looked >= LOOK_SECONDS

    def follow(self, told: Callable[[], None]) -> None:
        """Calls `told` when anything is in force that was not, whichever process changed it."""
        self._followers.append(told)

    def look(self) -> None:
        """Reads the changes; while the database does not answer, what was known holds."""
        self._looked = time.monotonic()
        try:
            with self._database.read() as session:
                seen = tuple(session.scalars(_NEWEST))
                if seen == self._seen:
                    return
                changes = newest(session)
        except GalleryError as error:
            log.warning("moved deadlines could not be looked at: %s", error)
            return
        with self._lock:
            if seen == self._seen:
                return
            is_first, self._seen = self._seen is None, seen
            self._events = {
                slug: applied(event, [one for one in changes if one.event == slug])
                for slug, event in self.files.items()
            }
        if not is_first:
            for told in self._followers:
                told()

    def _now(self) -> Mapping[str, Event]:
        if self._seen is None:
            self.look()
        return self._events

    def _committed(self, session: Session) -> None:
        if session.info.pop(CHANGED, False):
            self.look()


def newest(session: Session) -> list[ScheduleChange]:
    """What holds: the last change of each kind in each event."""
    return list(session.scalars(_CHANGES))


_LAST = select(func.max(ScheduleChange.id)).group_by(ScheduleChange.event, ScheduleChange.what)
_NEWEST = _LAST.order_by(func.max(ScheduleChange.id))
"""Their ids, which tell whether there is anything new: it is asked before each change."""
_CHANGES = select(ScheduleChange).where(ScheduleChange.id.in_(_LAST)).order_by(ScheduleChange.id)


def applied(event: Event, changes: list[ScheduleChange]) -> Event:
    """An event file's word, then what organisers changed. What cannot be applied is left out."""
    for change in changes:
        if change.what == "notice" and change.notice is not None:
            event = with_notice(event, change.notice, change.at)
        if change.what == "rubric" and change.rubric is not None:
            event = with_rubric(event, Rubric.model_validate(change.rubric))
        if change.what == "deadline" and change.deadline is not None:
            event = _moved(event, change)
    for change in changes:  # after the deadline, with which judging moves
        if change.what == "judging" and change.deadline is not None:
            event = _extended(event, change)
    return event


def _moved(event: Event, change: ScheduleChange) -> Event:
    assert change.deadline is not None, "only then it is a move"
    if event.is_practice and change.file_deadline != event.deadline:
        return event  # it was laid around another day since
    was = change.moved_from or event.deadline
    moved = Moved(was=was, at=change.at, reason=change.reason)
    try:
        return with_deadline(event, change.deadline, moved)
    except Invalid as error:  # the file was changed since
        log.error("the moved deadline of %s does not hold: %s", event.slug, error)
        return event


def _extended(event: Event, change: ScheduleChange) -> Event:
    """More time for the jury; where the phase ends later anyhow, nothing is taken from it."""
    assert change.deadline is not None, "only then it is an extension"
    if event.is_practice and event.moved is None and change.file_deadline != event.deadline:
        return event  # it was laid around another day since
    if change.deadline <= event.phase(PhaseKey.JUDGING).ends:
        return event
    return with_judging_until(event, change.deadline, change.at)


def _note(session: Session, _context: UOWTransaction) -> None:
    if any(isinstance(row, ScheduleChange) for row in session.new):
        session.info[CHANGED] = True


def _forget(session: Session) -> None:
    session.info.pop(CHANGED, None)
