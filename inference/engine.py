"""The interface between whoever wants pictures and whatever makes them."""

from collections.abc import Generator
from typing import Protocol

from inference.request import EngineInfo, GenerationRequest, Update


class Engine(Protocol):
    """Makes pictures; `inference.pipeline.Pipeline` is one, and tests have a painted one."""

    @property
    def info(self) -> EngineInfo: ...

    def generate(self, request: GenerationRequest) -> Generator[Update, None, None]:
        """Yields a `Progress` for every step and a `Result` at the end.

        Closing the generator stops the work at the step that is running. Raises InvalidRequest
        before the first update when the model cannot do what is asked.
        """
        ...
