"""An engine that compiles in the background, so that the page is there at once."""

import logging
import threading
from collections.abc import Generator

from PIL import Image

from inference.engine import Engine
from inference.request import Control, EngineInfo, GenerationRequest, Progress, Update

log = logging.getLogger(__name__)


class WarmingEngine:
    """Runs one picture through `engine` in a thread; requests wait until that is done.

    A waiting request yields "step 0" once and can be closed while it waits.
    """

    LOOK_AGAIN = 0.1
    """Seconds between two looks at whether the engine is warm."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._warm = threading.Event()

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    @property
    def is_warm(self) -> bool:
        return self._warm.is_set()

    def start(self) -> None:
        """Starts the warm-up; returns at once."""
        threading.Thread(target=self._warm_up, name="warm-up", daemon=True).start()

    def generate(self, request: GenerationRequest) -> Generator[Update, None, None]:
        if not self.is_warm:
            yield Progress(step=0, steps=request.steps or self.info.defaults.steps)
            while not self._warm.wait(self.LOOK_AGAIN):
                yield Progress(step=0, steps=request.steps or self.info.defaults.steps)
        yield from self._engine.generate(request)

    def _warm_up(self) -> None:
        controls = tuple(
            Control(name=name, map=Image.new("RGB", self.info.size))
            for name in self.info.controls[:1]
        )
        request = GenerationRequest(prompt="warm-up", steps=2, controls=controls, preview_every=1)
        try:
            for _ in self._engine.generate(request):
                pass
        except Exception:
            log.exception("the warm-up failed; the first visitor will wait instead")
        finally:
            self._warm.set()
