"""A host on loopback."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from spaces.door.heads import BoundedHttp
from spaces.host.app import Host
from spaces.host.serving import listening
from tests.browser import free_port


@contextmanager
def on_loopback(host: Host) -> Iterator[str]:
    """Its address, for as long as it is served."""
    with listening("127.0.0.1", free_port()) as listener:
        config = uvicorn.Config(
            host, http=BoundedHttp, log_level="error", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the host did not start"
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join(60)
            assert not thread.is_alive()
