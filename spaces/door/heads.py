"""The HTTP protocol, with bounds on heads, a patient end of connections, and a quiet one of all.

uvicorn reads with httptools where that is installed, which takes heads of any size and any number
of headers, and waits for ever for the end of one. This is that protocol with bounds: it costs ten
microseconds a request, where h11, which has bounds of its own, costs ninety.
"""

import json
import logging
from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn import config as uvicorn_config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from spaces.door.cut_off import cut_off_quietly

log = logging.getLogger(__name__)

MAX_HEAD = 64 * 1024
"""Bytes of a request line with its headers."""
MAX_HEADERS = 128
HEAD_SECONDS = 30
"""For a whole head, from its first byte; and for the first byte of a connection."""
IDLE_SECONDS = 75
"""How long a connection is kept for the next request: longer than clients keep theirs (httpx and
uvicorn's own default have five seconds both, so that one closes while the other sends)."""

ONE_LOOK = 0.01
"""Seconds; long enough that the loop looks at its sockets in between."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol on httptools, with bounds on heads."""

    _unread = 0
    """Bytes since the last piece of a request was whole: of a head, or of what is no body."""
    _head = 0
    _in_head = False
    _slow: TimerHandle | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.app = cut_off_quietly(self.app, lambda: self.transport.abort())

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        self.timeout_keep_alive = max(self.timeout_keep_alive, IDLE_SECONDS)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unread += len(data)
        try:
            super().data_received(data)
        finally:
            if self._unread > MAX_HEAD and not self.transport.is_closing():
                self._refuse(f"more than {MAX_HEAD // 1024} KB")

    def send_400_response(self, msg: str) -> None:
        """What uvicorn answers to what it cannot read; a refused request is answered already."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0
        self._in_head = True
        self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        self._head += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head += len(name) + len(value) + 4
        if self._in_head and len(self.headers) <= MAX_HEADERS:
            super().on_header(name, value)  # what follows a body is nobody's business

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._unread = 0
        self._stop_waiting()
        if self._head > MAX_HEAD:
            self._refuse(f"{self._head:,} bytes")
        elif len(self.headers) > MAX_HEADERS:
            self._refuse(f"more than {MAX_HEADERS} headers")
        else:
            super().on_headers_complete()
            return
        raise _Refused

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unread = 0
        super().on_message_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Looks once more: uvloop fires timers before it reads, and a request may lie there."""
        close = super().timeout_keep_alive_handler
        self.timeout_keep_alive_task = self.loop.call_later(ONE_LOOK, close)

    def _wait_for_head(self) -> None:
        self._stop_waiting()
        self._slow = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, came: str) -> None:
        """Says so, unless an answer is under way, and hangs up."""
        sentence = (
            f"a request's head must have at most {MAX_HEAD // 1024} KB and {MAX_HEADERS} headers, "
            f"got {came}; send less, or delete this site's cookies"
        )
        log.warning("refused a request: %s", sentence)
        if self.cycle is None or self.cycle.response_complete:
            body = json.dumps({"error": sentence}).encode()
            self.transport.write(
                STATUS_LINE[431]
                + b"content-type: application/json\r\nconnection: close\r\n"
                + b"content-length: %d\r\n\r\n%b" % (len(body), body)
            )
        self.transport.close()


class _Refused(Exception):
    """Ends httptools' reading: the connection is closed."""


def bound_all_servers() -> None:
    """Every uvicorn server that is begun in this process and chooses nothing gets these bounds.

    Gradio's `launch` begins one, and lets nobody choose.
    """
    uvicorn_config.HTTP_PROTOCOLS["auto"] = f"{__name__}:{BoundedHttp.__name__}"
