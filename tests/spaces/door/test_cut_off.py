"""What outlasts the server's stop is cut off in a sentence, or hung up on; never in a traceback."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from spaces.door.cut_off import STOPPING
from spaces.door.heads import BoundedHttp
from spaces.host.serving import listening
from tests.browser import free_port


class Lasting:
    """An answer that never ends; with `begun` of it sent."""

    def __init__(self, begun: bytes) -> None:
        self._begun = begun
        self.is_asked = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": self._begun, "more_body": True})
        self.is_asked.set()
        await asyncio.Event().wait()


@contextmanager
def stopping(app: ASGIApp) -> Iterator[tuple[str, uvicorn.Server]]:
    """A server without patience."""
    with listening("127.0.0.1", free_port()) as listener:
        config = uvicorn.Config(
            app, http=BoundedHttp, lifespan="off", log_config=None, timeout_graceful_shutdown=0
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", server
        thread.join(60)
        assert not thread.is_alive()


def test_a_request_without_an_answer_yet_is_told_that_the_server_stops(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = Lasting(b"")
    with stopping(app) as (address, server):
        threading.Thread(target=_stop, args=(app, server)).start()
        answer = httpx.get(address, timeout=60)
    assert (answer.status_code, answer.json()["error"]) == (503, STOPPING)
    assert _mistakes(caplog) == []


def test_an_answer_that_goes_on_is_hung_up_on(caplog: pytest.LogCaptureFixture) -> None:
    app = Lasting(b"data: news\n\n")
    with stopping(app) as (address, server), httpx.stream("GET", address, timeout=60) as answer:
        parts = answer.iter_bytes()
        assert next(parts) == b"data: news\n\n"
        _stop(app, server)
        with pytest.raises(httpx.TransportError):
            next(parts)
    assert _mistakes(caplog) == []


def _stop(app: Lasting, server: uvicorn.Server) -> None:
    assert app.is_asked.wait(60)
    server.should_exit = True


def _mistakes(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Beside the one line that uvicorn says of its patience."""
    errors = [each for each in caplog.records if each.levelno >= logging.ERROR]
    return [each.getMessage() for each in errors if "graceful shutdown" not in each.getMessage()]
