"""Publishes results whose time has come, and sends letters: those that wait, and those that a
nearing deadline asks for. A thread of its own, since a round of the watcher may take minutes."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event as Flag
from threading import Thread

from gallery.errors import GalleryError
from gallery.gallery import Gallery
from gallery.judging import publishing
from gallery.people import outbox
from gallery.watcher import reminders

log = logging.getLogger(__name__)

TICK = 2.0
"""Seconds between two looks into the outbox."""
REMIND_EVERY = timedelta(seconds=30)


class Posting:
    """Does what is due at each `tick`."""

    def __init__(self, gallery: Gallery, stop: Flag) -> None:
        self._gallery = gallery
        self._stop = stop
        self._next_reminding = gallery.clock()

    def run(self) -> None:
        """Ticks until told to stop."""
        while not self._stop.is_set():
            self.tick()
            self._stop.wait(TICK)

    def tick(self) -> None:
        """Never raises: what fails is logged, and tried again."""
        gallery = self._gallery
        try:
            publishing.publish_due(gallery)
        except GalleryError as error:
            log.warning("a result waits: %s", error)
        except Exception:
            log.exception("publishing a result failed")
        try:
            if gallery.clock() >= self._next_reminding:
                self._next_reminding = gallery.clock() + REMIND_EVERY
                reminders.remind(gallery)
            outbox.deliver(
                gallery.database,
                gallery.settings,
                key=gallery.key,
                clock=gallery.clock,
                stopped=self._stop.is_set,
            )
        except GalleryError as error:
            log.warning("letters wait: %s", error)
        except Exception:
            log.exception("sending letters failed")


@contextmanager
def posting(gallery: Gallery) -> Iterator[None]:
    """Sends while the block runs."""
    stop = Flag()
    thread = Thread(target=Posting(gallery, stop).run, name="post", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=20)
