"""The HTTP protocol, with a bound on how long a head may take.

h11 bounds a head in bytes; uvicorn's protocol on it waits for ever for the end of one.
"""

from asyncio import TimerHandle, Transport

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 30.0
HEAD_BYTES = 32 * 1024


class PatientHttp(H11Protocol):
    """Closes a connection whose next head has begun, or is its first, and does not end."""

    head_seconds = HEAD_SECONDS
    _slow: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._slow is None and self.conn.trailing_data[0]:
            self._wait()

    def _wait(self) -> None:
        self._slow = self.loop.call_later(self.head_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
