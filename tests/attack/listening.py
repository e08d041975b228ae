"""A listener that counts who comes: an address that must never be asked leads to it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """Its port on loopback, and the addresses of all that came."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        came: list[object] = []

        def count() -> None:
            while True:
                try:
                    connection, address = listener.accept()
                except OSError:
                    return
                came.append(address)
                connection.close()

        threading.Thread(target=count, daemon=True).start()
        yield listener.getsockname()[1], came
