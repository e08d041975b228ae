"""An engine that compiles in the background, so that the page is there at once."""

import logging
import threading
from collections.abc import Callable, Generator

from inference.engine import Engine
from inference.request import EngineInfo, GenerationRequest, Progress, Update

log = logging.getLogger(__name__)


class WarmingEngine:
    """`engine`, whose `warm_up` runs in a thread; requests wait until that is done.

    A waiting request yields "step 0 done" again and again, so it can be closed while it waits.
    """

    LOOK_AGAIN = 0.1
    """Seconds between two looks at whether the engine is warm."""

    def __init__(self, engine: Engine, warm_up: Callable[[], object]) -> None:
        self._engine = engine
        self._warm_up = warm_up
        self._warm = threading.Event()

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    @property
    def is_warm(self) -> bool:
        return self._warm.is_set()

    def start(self) -> None:
        """Starts the warm-up; returns at once."""
        threading.Thread(target=self._run, name="warm-up", daemon=True).start()

    def generate(self, request: GenerationRequest) -> Generator[Update, None, None]:
        steps = self.info.defaults.steps if request.steps is None else request.steps
        while not self._warm.wait(self.LOOK_AGAIN):
            yield Progress(step=0, steps=steps)
        yield from self._engine.generate(request)

    def _run(self) -> None:
        try:
            self._warm_up()
        except Exception:
            log.exception("the warm-up failed; the first visitor will wait instead")
        finally:
            self._warm.set()
