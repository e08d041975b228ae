"""Serves a small Hub on loopback."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from gallery.practice.small_hub.hub import SmallHub
from spaces.door.heads import BoundedHttp

START_SECONDS = 20


@contextmanager
def serve(hub: SmallHub, port: int = 0) -> Iterator[str]:
    """Its address, `http://127.0.0.1:…`, while the block runs; port 0 is any free one.

    Raises OSError when it cannot be served there.
    """
    config = uvicorn.Config(
        hub.app,
        host="127.0.0.1",
        port=port,
        http=BoundedHttp,
        log_level="critical",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", port))  # uvicorn would exit, this raises
    thread = threading.Thread(target=server.run, args=([listening],), name="small hub", daemon=True)
    thread.start()
    try:
        began = time.monotonic()
        while not server.started:
            if not thread.is_alive() or time.monotonic() - began > START_SECONDS:
                raise OSError("the small Hub did not start")
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
