"""A ticket: what somebody holds who asked the engine for pictures. No JAX.

Written by the engine's thread, read by whoever holds it, on any thread.
"""

import threading
from collections.abc import Callable, Iterator

from inference.request import GenerationRequest, Progress, Queued, Result, Update

Listener = Callable[[Queued | Progress | Result | Exception], None]


class Ticket:
    """One accepted request."""

    def __init__(
        self, number: int, request: GenerationRequest, cancel: Callable[[int], None]
    ) -> None:
        self.number = number
        self.request = request
        self.begun: float | None = None
        """When its first image took a slot, by the engine's clock."""
        self._cancel = cancel
        self._news = threading.Condition()
        self._latest: Queued | Progress | None = None
        self._steps: list[Progress] = []
        self._outcome: Result | Exception | None = None
        self._listener: Listener = _nobody

    @property
    def is_done(self) -> bool:
        """Whether there is a result, or an error in its place."""
        return self._outcome is not None

    def updates(self) -> Iterator[Update]:
        """Where it stands, every step, and the result at the end; raises what went wrong instead.

        Several may follow one ticket; each is told all from the latest on.
        """
        told: Queued | Progress | None = None
        seen = len(self._steps)
        while True:
            with self._news:
                self._news.wait_for(
                    lambda: self.is_done or len(self._steps) > seen or self._latest is not told  # noqa: B023
                )
                steps, outcome = self._steps[seen:], self._outcome
                seen += len(steps)
                told, before = self._latest, told
            if not steps and isinstance(told, Queued) and told is not before:
                yield told
            yield from steps
            if isinstance(outcome, Exception):
                raise outcome
            if outcome is not None:
                yield outcome
                return

    def result(self, timeout: float | None = None) -> Result:
        """Waits for it. Raises what went wrong, and TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: self.is_done, timeout):
                raise TimeoutError(f"the pictures must be done within {timeout} s, got none yet")
        if isinstance(self._outcome, Exception):
            raise self._outcome
        assert self._outcome is not None, "what is done has an outcome"
        return self._outcome

    def listen(self, listener: Listener) -> None:
        """Calls it with all that was told and with what is told from now on, the outcome last. It
        is called under locks, on the engine's thread: it must be quick. There is one at most."""
        with self._news:
            waited = [self._latest] if isinstance(self._latest, Queued) else []
            for update in (*waited, *self._steps):
                listener(update)
            if self._outcome is not None:
                listener(self._outcome)
            else:
                self._listener = listener

    def cancel(self) -> None:
        """In effect by the next tick; twice, or too late, it does nothing."""
        self._cancel(self.number)

    # The engine's side.

    def tell(self, update: Queued | Progress) -> None:
        with self._news:
            self._latest = update
            if isinstance(update, Progress):
                self._steps.append(update)
            self._listener(update)
            self._news.notify_all()

    def end(self, outcome: Result | Exception) -> None:
        """The first outcome stays."""
        with self._news:
            if self._outcome is None:
                self._outcome = outcome
                self._listener(outcome)
                self._listener = _nobody  # no circle keeps the pictures of what nobody has any more
            self._news.notify_all()


def _nobody(_update: object) -> None:
    pass
