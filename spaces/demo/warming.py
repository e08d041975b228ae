"""Warm-up: an engine that compiles in the background, so that the page is there at once."""

import contextlib
import logging
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Protocol, runtime_checkable

from inference.engine import Engine
from inference.request import EngineInfo, GenerationRequest, Progress, Update

log = logging.getLogger(__name__)


@runtime_checkable
class Warms(Protocol):
    """An engine that says whether its first picture comes at once."""

    @property
    def is_warm(self) -> bool: ...


class WarmingEngine:
    """`engine`, whose `warm_up` runs in a thread; requests wait until that is done.

    A waiting request yields "step 0 done" again and again, so it can be closed while it waits.

    `warm_up_more` follows in the same thread, for what is asked for less often. It yields before
    each part of its work, and is kept waiting there while a request is being served, so the most
    that a request can meet is the one part that is running; for so long at most, since it may never
    be quiet where many come.
    """

    LOOK_AGAIN = 0.1
    """Seconds between two looks at whether the engine is warm."""
    MOST_PATIENCE = 30.0
    """Seconds that a part of the further work waits for visitors to leave."""

    def __init__(
        self,
        engine: Engine,
        warm_up: Callable[[], object],
        warm_up_more: Callable[[], Iterable[object]] = tuple,
    ) -> None:
        self._engine = engine
        self._warm_up = warm_up
        self._warm_up_more = warm_up_more
        self._warm = threading.Event()
        self._visitors = 0
        self._left = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ends = False

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    @property
    def is_warm(self) -> bool:
        return self._warm.is_set()

    def start(self) -> None:
        """Says what there is to know about the model, and starts the warm-up; returns at once."""
        for notice in self.info.notices:
            log.warning("%s", notice)
        self._thread = threading.Thread(target=self._run, name="warm-up", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the warm-up behind the part that is running: a process that ends in the middle of
        one is ended by the compiler's own threads, with an error."""
        with self._left:
            self._ends = True
            self._left.notify()
        if self._thread is not None:
            self._thread.join()

    def settle(self) -> None:
        """Waits until all of the warm-up is over, the part that nobody waits for included."""
        if self._thread is not None:
            self._thread.join()

    def generate(
        self, request: GenerationRequest, *, client: str = ""
    ) -> Generator[Update, None, None]:
        steps = self.info.defaults.steps if request.steps is None else request.steps
        with self._visit():
            while not self._warm.wait(self.LOOK_AGAIN):
                yield Progress(step=0, steps=steps)
            yield from self._engine.generate(request, client=client)

    @contextlib.contextmanager
    def _visit(self) -> Iterator[None]:
        with self._left:
            self._visitors += 1
        try:
            yield
        finally:
            with self._left:
                self._visitors -= 1
                self._left.notify()

    def _may_go_on(self) -> bool:
        return self._ends or not self._visitors

    def _run(self) -> None:
        try:
            self._warm_up()
        except Exception:
            log.exception("the warm-up failed; the first visitor will wait instead")
            return
        finally:
            self._warm.set()
        try:
            for _ in self._warm_up_more():
                with self._left:
                    self._left.wait_for(self._may_go_on, self.MOST_PATIENCE)
                    if self._ends:
                        return
        except Exception:
            log.exception("the warm-up failed; who first asks for several pictures will wait")
