"""A sprint in which people do things by name, and mail that arrives."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Account
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.pages import sign_in
from gallery.people.mail import Mail
from gallery.settings import Settings
from gallery.teams import sign_ups
from tests.gallery.hub_fixtures import served_hub, small_hub

__all__ = ["served_hub", "small_hub"]


@dataclass(frozen=True)
class Sprint:
    """Runs use cases, each in a transaction of its own, as somebody called by name."""

    gallery: Gallery
    event: Event
    person: Callable[[str], Actor]

    def do(self, use_case: Callable[..., Any], who: str, /, **values: Any) -> Any:
        return self.act(use_case, self.person(who), **values)

    def act(self, use_case: Callable[..., Any], actor: Actor, /, **values: Any) -> Any:
        with self.gallery.database.write() as session:
            return use_case(Act(session, actor, self.gallery.clock(), self.event), **values)

    def sign_up(self, *names: str) -> None:
        for name in names:
            self.do(sign_ups.sign_up, name, about="")

    def give_address(self, name: str, email: str) -> None:
        account_id = self.id_of(name)
        with self.gallery.database.write() as session:
            session.get_one(Account, account_id).email = email

    def id_of(self, name: str) -> int:
        account_id = self.person(name).account_id
        assert account_id is not None
        return account_id


@pytest.fixture
def sprint(gallery: Gallery, event: Event, person: Callable[[str], Actor]) -> Sprint:
    return Sprint(gallery, event, person)


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
