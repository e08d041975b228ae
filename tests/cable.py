"""The cable between a browser and a server on loopback, which a test can cut and mend."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class Cable:
    """Forwards what comes to `port` to `target`; cut, it ends all connections and takes no more."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._whole = True
        self._closed = False
        threading.Thread(target=self._accept, name="cable", daemon=True).start()

    def cut(self) -> None:
        with self._lock:
            self._whole = False
            self._end_all()

    def mend(self) -> None:
        with self._lock:
            self._whole = True

    def close(self) -> None:
        self._closed = True
        self.cut()
        _end(self._listener)

    def _end_all(self) -> None:
        for end in self._open:
            _end(end)
        self._open.clear()

    def _accept(self) -> None:
        while not self._closed:
            with contextlib.suppress(OSError):
                self._join(self._listener.accept()[0])

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            near.close()
            return
        with self._lock:
            self._open |= {near, far}
            if not self._whole:
                self._end_all()
                return
        for ends in ((near, far), (far, near)):
            threading.Thread(target=_carry, args=ends, name="cable", daemon=True).start()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
    _end(source)
    _end(sink)


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextlib.contextmanager
def cable(target: int) -> Iterator[Cable]:
    """A cable to that port for as long as the block lasts."""
    laid = Cable(target)
    try:
        yield laid
    finally:
        laid.close()
