"""The server: from the warm-up to the last picture that somebody waits for.

On a signal it takes nothing more, goes on with what was accepted, leaves a moment for the pictures
to be fetched, and ends; on a second one it ends at once.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType

import uvicorn

from inference.serving.http.app import build_app
from inference.serving.http.heads import HEAD_BYTES, PatientHttp
from inference.serving.http.service import Service

log = logging.getLogger(__name__)

CONNECTIONS = 1000
IDLE_SECONDS = 75
"""Longer than clients keep a connection, so that none closes while the other sends."""
FETCHING = 10.0
"""Seconds for the last pictures to be fetched."""


class EngineServer(uvicorn.Server):
    """uvicorn, which ends when the engine has."""

    def __init__(self, service: Service, *, stop: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                build_app(service),
                http=PatientHttp,
                h11_max_incomplete_event_size=HEAD_BYTES,
                limit_concurrency=CONNECTIONS,
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=3,
                lifespan="off",
                log_level="warning",
                access_log=False,
                server_header=False,
            )
        )
        self._service = service
        self._stop = stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._service.is_stopping.is_set():
            self.should_exit = self.force_exit = True
            return
        self._service.is_stopping.set()
        threading.Thread(target=self._drain, name="drain", daemon=True).start()

    def _drain(self) -> None:
        try:
            self._stop()
            until = time.monotonic() + FETCHING
            while not self._service.jobs.are_fetched and time.monotonic() < until:
                time.sleep(0.05)
        finally:
            self.should_exit = True


def serve(
    service: Service,
    listener: socket.socket,
    *,
    warm_up: Callable[[], None],
    stop: Callable[[], None],
) -> None:
    """Blocks until it is stopped. `warm_up` runs beside it, and ready is what it is after that."""

    def warm() -> None:
        try:
            warm_up()
        except Exception:
            log.exception("the warm-up failed; the first who asks will wait instead")
        service.is_warm.set()

    threading.Thread(target=warm, name="warm-up", daemon=True).start()
    EngineServer(service, stop=stop).run(sockets=[listener])
