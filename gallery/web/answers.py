"""Response cache: whole answers that are kept for a moment. Without a server and a clock."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock

from starlette.types import Send

MOST = 1000
MOST_BYTES = 32 * 2**20
"""Of all bodies together."""
MOST_EACH = 2**18
"""A greater body is not kept."""


@dataclass(frozen=True)
class Answer:
    """A page as it goes out, compressed or not."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    async def send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": self.body})


class Answers:
    """Those of the last few seconds, the oldest dropped first when there are too many.

    Times are seconds of the gallery's clock; what lies ahead of it is not given out. An era ends
    when something changed that must be seen at once: what was begun before is not given out any
    more, whenever it is finished.
    """

    def __init__(self, *, seconds: float, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._seconds, self._most, self._most_bytes = seconds, most, most_bytes
        self._kept: OrderedDict[Hashable, tuple[float, Answer]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()
        self.era = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Hashable, now: float) -> Answer | None:
        """What was begun less than `seconds` ago."""
        with self._lock:
            began, answer = self._kept.get(key, (now - self._seconds, None))
            return answer if 0 <= now - began < self._seconds else None

    def keep(self, key: Hashable, answer: Answer, *, began: float, era: int) -> None:
        """`began` and `era` are from before the answer's making, which read the database."""
        with self._lock:
            if era != self.era or len(answer.body) > min(MOST_EACH, self._most_bytes):
                return
            if key in self._kept:
                self._drop(key)
            self._kept[key] = (began, answer)
            self._bytes += len(answer.body)
            while len(self._kept) > self._most or self._bytes > self._most_bytes:
                self._drop(next(iter(self._kept)))

    def end_era(self) -> None:
        """May be called from any thread."""
        with self._lock:
            self.era += 1
            self._kept.clear()
            self._bytes = 0

    def _drop(self, key: Hashable) -> None:
        _, answer = self._kept.pop(key)
        self._bytes -= len(answer.body)
