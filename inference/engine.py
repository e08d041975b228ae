"""The interface between whoever wants pictures and whatever makes them."""

from collections.abc import Generator
from typing import Protocol

from inference.request import EngineInfo, GenerationRequest, Update


class Engine(Protocol):
    """Makes pictures: `inference.pipeline` for one caller, `inference.serving.engine` for many, and
    a painted one in tests."""

    @property
    def info(self) -> EngineInfo: ...

    def generate(
        self, request: GenerationRequest, *, client: str = ""
    ) -> Generator[Update, None, None]:
        """Yields a `Progress` for every step and a `Result` at the end, and before the first step a
        `Queued` now and then where it has to wait for others.

        `client` names who asks, where several share an engine: they take turns.

        Closing the generator stops the work at the step that is running. Raises InvalidRequest
        before the first update when the model cannot do what is asked, and Busy when too many wait.
        """
        ...
