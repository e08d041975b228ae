"""The HTTP protocol, with bounds on a head in bytes and in seconds.

h11 bounds only what is not whole yet, so it is fed in small parts; and uvicorn's protocol on it
waits for ever for the end of a head.
"""

import json
from asyncio import TimerHandle
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from inference.serving.http.problems import Problem

HEAD_SECONDS = 30.0
HEAD_BYTES = 32 * 1024
PART = 8 * 1024
UNREADABLE = Problem(
    400,
    "bad_request",
    f"a request's head must be HTTP/1.1 of at most {HEAD_BYTES // 1024} KB, got something else; "
    "send less",
)


class PatientHttp(H11Protocol):
    """Closes a connection whose next head has begun, or is its first, and does not end."""

    head_seconds = HEAD_SECONDS
    _slow: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:  # uvloop's are no asyncio.Transport
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), PART):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + PART])

    def handle_events(self) -> None:
        super().handle_events()
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._slow is None and self.conn.trailing_data[0]:
            self._wait()

    def send_400_response(self, msg: str) -> None:
        head = [(b"content-type", b"application/json"), (b"connection", b"close")]
        body = json.dumps(UNREADABLE.body).encode()
        for event in (
            h11.Response(status_code=400, headers=head, reason=b"Bad Request"),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _wait(self) -> None:
        self._slow = self.loop.call_later(self.head_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
