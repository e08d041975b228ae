"""A team with a token, and a program that calls the API with it."""

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from gallery.act import Act
from gallery.actor import Actor
from gallery.app import build_app
from gallery.gallery import Gallery
from gallery.teams import sign_ups, teams, tokens
from tests.gallery.browsing.conftest import HandedIn, handed_in
from tests.gallery.conftest import BASE_URL

__all__ = ["HandedIn", "handed_in"]

TeamToken = Callable[..., str]
Program = Callable[[str], TestClient]


@pytest.fixture
def team_token(gallery: Gallery, person: Callable[[str], Actor]) -> TeamToken:
    """Forms a team of one, called `team`, for the person `name`; gives a token of it."""

    def make(name: str = "team-lead", *, team: str = "Deep sea") -> str:
        actor, event, now = person(name), gallery.current, gallery.clock()
        with gallery.database.write() as session:
            sign_ups.sign_up(Act(session, actor, now, event), about="A demo.")
            formed = teams.form_alone(Act(session, actor, now, event), name=team)
            session.flush()
            return tokens.make_token(
                Act(session, actor, now, event), team_id=formed.id, label="tests"
            )

    return make


@pytest.fixture
def program(gallery: Gallery) -> Iterator[Program]:
    """A program: no cookies and no `Origin`; with a token, or without when it is empty."""
    app = build_app(gallery)
    opened: list[TestClient] = []

    def make(token: str = "") -> TestClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = TestClient(
            app,
            base_url=BASE_URL,
            headers=headers,
            follow_redirects=False,
            raise_server_exceptions=False,
        )
        opened.append(client)
        return client

    with TestClient(app):  # what the gallery does by itself ends with the test
        yield make
        for client in opened:
            client.close()
