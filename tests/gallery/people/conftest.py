"""Mail that arrives, and people who sign in with it."""

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from gallery.gallery import Gallery
from gallery.pages import sign_in
from gallery.people.mail import Mail
from gallery.settings import Settings


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[Mail]:
    """What was sent, newest last; test_mail.py sends to a real server."""
    sent: list[Mail] = []

    def send(_settings: Settings, mail: Mail) -> None:
        sent.append(mail)

    monkeypatch.setattr(sign_in.mail, "send", send)
    return sent


@pytest.fixture
def link_to(client: TestClient, mails: list[Mail]) -> Callable[..., str]:
    """Asks for a link by e-mail and gives its path."""

    def ask(email: str, *, next_path: str = "/") -> str:
        answer = client.post("/sign-in/email", data={"email": email, "next": next_path})
        assert answer.status_code == 200, answer.text
        found = re.search(r"/sign-in/email/\S+", mails[-1].text)
        assert found is not None
        return found[0]

    return ask
