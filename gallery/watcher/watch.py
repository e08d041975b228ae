"""Keeps what is known fresh: a thread beside the server that looks at everything in rounds.

Without rounds (`POLL_MINUTES=0`) it does what has its own time: asks what webhooks announced, takes
the snapshots, and tidies up.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event as Flag
from threading import Thread

from gallery.errors import GalleryError
from gallery.gallery import Gallery
from gallery.sources import health
from gallery.sources.pace import Pace, allowed_rate
from gallery.submissions.pictures import PictureStore
from gallery.submissions.sweeping import sweep_pictures
from gallery.watcher import rounds
from gallery.watcher.jury import Conflicts
from gallery.watcher.rounds import Round
from spaces.errors import HubUnavailable

log = logging.getLogger(__name__)

TICK = 5.0
"""Seconds between two looks at what webhooks announced, and at the clock."""
PIN_EVERY = timedelta(minutes=10)
"""Between two tries to pin what a snapshot left out, where no rounds do."""
TIDY_EVERY = timedelta(days=1)


class Watch:
    """Does what is due at each `tick`. One step that fails keeps no other from being taken."""

    def __init__(self, gallery: Gallery, pace: Pace, stop: Flag) -> None:
        self._gallery = gallery
        self._stop = stop
        self._round = Round(gallery, pace, stop.is_set)
        self._conflicts = Conflicts(gallery)
        self._every = timedelta(minutes=gallery.settings.poll_minutes)
        now = gallery.clock()
        self._last = self._next_round = self._next_pinning = self._next_tidying = now

    def run(self) -> None:
        """Ticks until told to stop."""
        while not self._stop.is_set():
            self.tick()
            self._stop.wait(TICK)

    def tick(self) -> None:
        """Never raises: whatever happens in one step is logged, and tried again later."""
        self._gallery.schedule.look()
        now = self._gallery.clock()
        deadlines = (event.deadline for event in self._gallery.events.values())
        if now >= self._next_pinning or any(self._last < one <= now for one in deadlines):
            self._next_pinning = now + (self._every or PIN_EVERY)
            self._try("taking the snapshot", rounds.snapshots)
        self._last = now
        self._try("asking what was announced", rounds.announced)
        self._try("looking for conflicts", self._conflicts.look)
        if self._every and now >= self._next_round:
            self._next_round = now + self._every
            self._try("reading lists", rounds.lists)
            self._try(
                "asking about repositories", lambda one: rounds.repositories(one, self._every)
            )
            self._try("looking at demos", lambda one: rounds.demos(one, self._every))
            self._try("checking what was collected", rounds.checks)
            self._try("asking who has commits", self._conflicts.ask)
        if now >= self._next_tidying:
            self._next_tidying = now + TIDY_EVERY
            self._try("thinning old looks", self._thin)
            self._try("sweeping unused pictures", self._sweep)

    def _try(self, doing: str, step: Callable[[Round], object]) -> None:
        if self._stop.is_set():
            return
        try:
            step(self._round)
        except (GalleryError, HubUnavailable) as error:
            log.warning("%s: %s", doing, error)
        except Exception:
            log.exception("%s failed", doing)

    def _thin(self, one: Round) -> None:
        with self._gallery.database.write() as session:
            health.thin(session, self._gallery.clock())

    def _sweep(self, one: Round) -> None:
        gallery = self._gallery
        store = PictureStore(gallery.settings.pictures_dir)
        sweep_pictures(gallery.database, gallery.clock(), store=store)


@contextmanager
def watching(gallery: Gallery) -> Iterator[None]:
    """Watches while the block runs."""
    stop = Flag()
    pace = Pace(allowed_rate(gallery.settings), sleep=stop.wait)
    thread = Thread(target=Watch(gallery, pace, stop).run, name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)
