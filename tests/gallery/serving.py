"""A gallery served on loopback, for browsers."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from gallery.app import build_app
from gallery.gallery import Gallery
from gallery.services import Services


@contextmanager
def served(gallery: Gallery, port: int, services: Services | None = None) -> Iterator[str]:
    """Its address while the block runs."""
    config = uvicorn.Config(build_app(gallery, services), port=port, log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
