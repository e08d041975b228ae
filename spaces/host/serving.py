"""A port, and the server on it."""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from spaces.door.heads import BoundedHttp

USUAL_PORT = 7860


@contextlib.contextmanager
def listening(host: str, port: int | None) -> Iterator[socket.socket]:
    """On `port`, or on the usual one or the next free one. Raises OSError when there is none."""
    choices = [port] if port else range(USUAL_PORT, USUAL_PORT + 100)
    for choice in choices:
        with contextlib.suppress(OSError):
            listener = socket.create_server((host, choice))
            break
    else:
        raise OSError(f"no port of {choices[0]} to {choices[-1]} is free; choose another --port")
    with listener:
        yield listener


def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Blocks until it is stopped."""
    config = uvicorn.Config(app, http=BoundedHttp, log_level="warning", timeout_graceful_shutdown=3)
    uvicorn.Server(config).run(sockets=[listener])
