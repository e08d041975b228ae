"""Mail, sent to a server that is really there."""

import logging
import socketserver
import threading
from collections.abc import Iterator

import pytest

from gallery.errors import Unavailable
from gallery.people import mail
from gallery.people.mail import Mail
from gallery.settings import Settings

LETTER = Mail("ada@example.org", "Sign in to Größe", "Open this:\n\nhttp://127.0.0.1/x\n")


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


def test_a_letter_arrives_whole(post_office: tuple[Settings, list[str]]) -> None:
    settings, taken = post_office
    mail.send(settings, LETTER)
    assert "To: ada@example.org" in taken[0]
    assert "http://127.0.0.1/x" in taken[0]


def test_a_refusal_is_told_and_news_go_on_without_it(
    post_office: tuple[Settings, list[str]],
) -> None:
    settings, taken = post_office
    refused = Mail("nobody@example.org", "News", "x")
    with pytest.raises(Unavailable, match="mail server"):
        mail.send(settings, refused)
    mail.send_all(settings, [refused, LETTER])
    assert len(taken) == 1


def test_a_server_that_is_not_there_is_told_without_its_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = Settings.model_validate({"smtp_url": "smtp://me:hush-hush@127.0.0.1:1"})
    with pytest.raises(Unavailable) as refused:
        mail.send(settings, LETTER)
    assert "hush-hush" not in f"{refused.value}{caplog.text}"


def test_without_a_server_the_log_gets_the_letter(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        mail.send(Settings.model_validate({}), LETTER)
    assert "http://127.0.0.1/x" in caplog.text


def test_a_public_gallery_puts_no_letter_into_its_log(caplog: pytest.LogCaptureFixture) -> None:
    public = Settings.model_validate({"base_url": "https://gallery.example"})
    with caplog.at_level(logging.WARNING), pytest.raises(Unavailable, match="SMTP_URL"):
        mail.send(public, LETTER)
    mail.send_all(public, [LETTER])
    assert "http://127.0.0.1/x" not in caplog.text
    assert "was not sent" in caplog.text
