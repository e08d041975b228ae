"""A mail server that is really there, and keeps what it is given."""

import socketserver
import threading
from collections.abc import Iterator

import pytest

from gallery.settings import Settings


class Postman(socketserver.StreamRequestHandler):
    """As much of SMTP as a message needs."""

    def handle(self) -> None:
        taken: list[str] = self.server.taken  # type: ignore[attr-defined]
        self._say("220 here")
        while line := self.rfile.readline().decode():
            verb = line[:4].upper().strip()
            if verb == "DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                taken.append(b"".join(lines).decode())
            elif verb == "QUIT":
                self._say("221 bye")
                return
            refused = verb == "RCPT" and "nobody@" in line
            self._say("550 who is that" if refused else "250 fine")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def post_office() -> Iterator[tuple[Settings, list[str]]]:
    """Settings that lead to a server, and what it has taken."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Postman) as server:
        server.taken = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        address = f"smtp://127.0.0.1:{server.server_address[1]}"
        yield Settings.model_validate({"smtp_url": address}), server.taken  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
