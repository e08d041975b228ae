"""Threads that ask demos, beside the server: a closed page loses nothing, and a restart is said."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Condition, Thread

from gallery.errors import GalleryError
from gallery.gallery import Gallery
from gallery.judging.same_input import asking, tiles
from gallery.judging.same_input.asking import Answer
from gallery.judging.same_input.tiles import Answered, Asked, State

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Demos that are asked at a time, over all sheets."""
LOOK_SECONDS = 5.0
"""Between two looks at the queue when nobody said that there is something."""


class Running:
    """Asks what waits. `answer` is what answers one tile: the shared engine that the settings name,
    and demos themselves, unless it is given."""

    def __init__(
        self, gallery: Gallery, *, answer: Answer | None = None, at_once: int = AT_ONCE
    ) -> None:
        self._gallery = gallery
        self._answer = answer or _answer_of(gallery)
        self._at_once = at_once
        self._changed = Condition()
        self._nudges = 0
        self._is_stopped = False

    def nudge(self) -> None:
        """Something waits; never waits itself."""
        with self._changed:
            self._nudges += 1
            self._changed.notify_all()

    def step(self) -> bool:
        """Asks the next demo; False when none waits, or none may be asked yet."""
        gallery = self._gallery
        with gallery.database.read() as session:
            if not tiles.is_any_waiting(session):
                return False
        with gallery.database.write() as session:
            asked = tiles.take(session, gallery.clock())
        if asked is None:
            return False
        answered = self._answered(asked)
        with gallery.database.write() as session:
            tiles.finish(session, gallery.clock(), asked, answered)
        self.nudge()  # the demo is free again for another sheet
        return True

    def interrupt(self) -> None:
        """Called at the start, before anything is asked."""
        with self._gallery.database.write() as session:
            tiles.interrupt(session, self._gallery.clock())

    def start(self) -> list[Thread]:
        threads = [
            Thread(target=self._run, name=f"same input {number}", daemon=True)
            for number in range(self._at_once)
        ]
        for thread in threads:
            thread.start()
        return threads

    def stop(self) -> None:
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def _run(self) -> None:
        """Asks until told to stop. Never raises: what fails is logged, and tried again."""
        while not self._is_stopped:
            nudges = self._nudges
            try:
                found = self.step()
            except GalleryError as error:
                log.warning("same input: %s", error)
                found = False
            except Exception:
                log.exception("same input failed")
                found = False
            with self._changed:
                if not found and not self._is_stopped and nudges == self._nudges:
                    self._changed.wait(LOOK_SECONDS)

    def _answered(self, asked: Asked) -> Answered:
        try:
            return asking.keep(self._gallery, self._answer(self._gallery, asked))
        except Exception:
            log.exception("asking %s failed", asked.space_id)
            return Answered(State.INTERRUPTED, "something here broke while it ran; run it again")


def _answer_of(gallery: Gallery) -> Answer:
    if not gallery.settings.inference_url:
        return asking.answer
    from gallery.judging.same_input.shared_engine import SharedEngine  # no other gallery needs it

    return partial(asking.answer, engine=SharedEngine.of(gallery.settings))


@contextmanager
def running(one: Running) -> Iterator[Running]:
    """Asks while the block runs; a demo that is being asked then is not waited for."""
    one.interrupt()
    threads = one.start()
    try:
        yield one
    finally:
        one.stop()
        for thread in threads:
            thread.join(timeout=2)
