"""A gallery as it was earlier: the same database, served on loopback by a clock that is behind.

What is done in it is done at that time, by every rule that held then.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import uvicorn

from gallery.app import build_app
from gallery.gallery import Gallery
from spaces.door.heads import BoundedHttp

START_SECONDS = 60


@contextmanager
def earlier(gallery: Gallery, now: datetime) -> Iterator[Gallery]:
    """`gallery` at `now`, with the address that it answers at while the block runs.

    Its time passes, from `now` on. Raises OSError when it does not start.
    """
    behind = gallery.clock() - now
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        then = replace(
            gallery,
            settings=gallery.settings.model_copy(update={"base_url": address}),
            clock=lambda: gallery.clock() - behind,
        )
        config = uvicorn.Config(
            build_app(then), http=BoundedHttp, log_level="warning", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=server.run, args=([listener],), name="earlier", daemon=True
        )
        thread.start()
        try:
            until = time.monotonic() + START_SECONDS
            while not server.started:
                if not thread.is_alive() or time.monotonic() > until:
                    raise OSError("the gallery of before the deadline did not start")
                time.sleep(0.05)
            yield then
        finally:
            server.should_exit = True
            thread.join()
