"""Waking ahead: the next demos of a juror's list are up when they come to them.

In the background, and bounded: a page says which come next and goes on. A demo is looked into once
in some minutes, and one that was woken is looked at until it answers, so that pages say how it is.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event as Flag
from threading import Lock, Thread

from gallery.actor import WATCHER
from gallery.database.tables import Submission
from gallery.errors import GalleryError
from gallery.gallery import Gallery
from gallery.judging.evening import Evening
from gallery.sources import health, records
from gallery.sources.health import State
from gallery.submissions import waking

log = logging.getLogger(__name__)

NEXT = 3
"""Demos of a list that are woken beforehand."""
EVERY = timedelta(minutes=5)
"""A demo is looked into once in this time, whoever is about to open it."""
MOST = 200
"""Demos that are remembered or wait; beyond that nobody is woken ahead."""
LOOK_AGAIN = timedelta(seconds=20)
LOOKS = 15
"""At a demo that was woken, until it answers or nobody waits any more."""
TICK = 2.0
"""Seconds."""


@dataclass(frozen=True)
class _Due:
    at: datetime
    looks: int = 0


class Ahead:
    """Does what is due at each `tick`."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._seen: dict[int, datetime] = {}
        self._due: dict[int, _Due] = {}
        self._lock = Lock()

    def soon(self, submission_ids: Iterable[int]) -> None:
        """They are about to be opened. Waits for nothing."""
        now = self._gallery.clock()
        with self._lock:
            recent = {demo: at for demo, at in self._seen.items() if now - at < EVERY}
            self._seen = recent
            for demo in submission_ids:
                if demo not in recent and demo not in self._due and len(recent) < MOST:
                    recent[demo] = now
                    self._due[demo] = _Due(now)

    def tick(self) -> None:
        """Never raises: what fails is logged, and tried when somebody comes again."""
        now = self._gallery.clock()
        with self._lock:
            due = {demo: one for demo, one in self._due.items() if one.at <= now}
        for demo, one in due.items():
            try:
                goes_on = self._wake(demo) if one.looks == 0 else self._look(demo)
            except GalleryError as error:
                log.info("waking ahead: %s", error)
                goes_on = False
            except Exception:
                log.exception("waking ahead failed")
                goes_on = False
            with self._lock:
                if goes_on and one.looks < LOOKS:
                    self._due[demo] = _Due(self._gallery.clock() + LOOK_AGAIN, one.looks + 1)
                else:
                    self._due.pop(demo, None)

    def run(self, stop: Flag) -> None:
        """Ticks until told to stop."""
        while not stop.wait(TICK):
            self.tick()

    def _wake(self, demo: int) -> bool:
        """Whether it is on its way, so that it is worth to look again."""
        if not waking.wake_ahead(self._gallery, WATCHER, submission_id=demo):
            return False
        return self._look(demo)

    def _look(self, demo: int) -> bool:
        """Keeps how it is; whether it is still on its way."""
        gallery = self._gallery
        with gallery.database.read() as session:
            space_id = session.get_one(Submission, demo).space_id
        known = records.refresh(gallery, "space", space_id, max_age=LOOK_AGAIN / 2)
        seen = health.look(gallery.fetcher, known)
        with gallery.database.write() as session:
            health.record_look(session, gallery.clock(), space_id, seen)
        return seen.state is State.ASLEEP or (seen.state is State.DOWN and _serves(seen.stage))


def next_demos(mine: Evening, *, at: int | None = None) -> list[int]:
    """What a juror comes to after `at`, or first; a demo that is done is left to sleep."""
    ids = [one.submission.id for one in mine.demos]
    start = ids.index(at) if at in ids else 0
    circle = [*mine.demos[start:], *mine.demos[:start]]
    left = [one.submission.id for one in circle if one.state in ("open", "begun")]
    return left[:NEXT]


@contextmanager
def waking_ahead(one: Ahead) -> Iterator[Ahead]:
    """Wakes while the block runs."""
    stop = Flag()
    thread = Thread(target=one.run, args=(stop,), name="ahead", daemon=True)
    thread.start()
    try:
        yield one
    finally:
        stop.set()
        thread.join(timeout=10)


def _serves(stage: str | None) -> bool:
    """It runs by the Hub's word, and does not answer yet."""
    return health.state_of(stage, answered=None) is State.LIVE
