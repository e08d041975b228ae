"""Rate of requests to the Hub: its limits are per five minutes, so we come evenly."""

import time
from collections.abc import Callable

from gallery.settings import Settings

ANONYMOUS = 0.8
"""Repositories a second, at two requests each. The Hub allows anybody 500 in five minutes."""
WITH_TOKEN = 1.6
"""It allows 1,000 to who sends a token."""


class Pace:
    """At most `per_second` calls of `wait` a second return, evenly spaced; for one thread."""

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._apart = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._next = clock()

    def wait(self) -> None:
        """Returns when it is time for the next request."""
        now = self._clock()
        if self._next > now:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._apart


def allowed_rate(settings: Settings) -> float:
    """Repositories a second about which the Hub lets this gallery ask."""
    return ANONYMOUS if settings.hf_token is None else WITH_TOKEN
