"""A service on loopback."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from inference.serving.http.server import EngineServer
from inference.serving.http.service import Service


@contextmanager
def on_loopback(service: Service, port: int = 0) -> Iterator[str]:
    """Its address, for as long as it is served. What is stopped here is the server alone."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = EngineServer(service, stop=lambda: None)
        running = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        running.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            running.join(60)
            assert not running.is_alive()
