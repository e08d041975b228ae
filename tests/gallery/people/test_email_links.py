"""Signing in by a link in a mail."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gallery.app import build_app
from gallery.database.tables import EmailLink
from gallery.gallery import Gallery
from gallery.people.mail import Mail
from gallery.people.sessions import COOKIE
from tests.gallery.conftest import Clock

LinkTo = Callable[..., str]


def test_a_link_signs_in_once_and_leads_to_where_one_wanted(
    client: TestClient, link_to: LinkTo
) -> None:
    link = link_to("Ada@Example.org", next_path="/summer?sort=likes")
    assert "ada@example.org" in client.get(link).text
    answer = client.post(link, data={"display_name": "Ada L."})
    assert (answer.status_code, answer.headers["location"]) == (303, "/summer?sort=likes")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]
    assert "Ada L." in client.get("/").text
    assert client.post(link).status_code == 404


def test_looking_at_a_link_does_not_use_it_up(client: TestClient, link_to: LinkTo) -> None:
    link = link_to("ada@example.org")
    for _ in range(3):
        assert client.get(link).status_code == 200
    assert COOKIE not in client.cookies


def test_a_link_ends_after_fifteen_minutes(
    client: TestClient, link_to: LinkTo, clock: Clock
) -> None:
    link = link_to("ada@example.org")
    clock.now += timedelta(minutes=15)
    assert client.get(link).status_code == 404
    assert client.post(link, data={"display_name": "Ada"}).status_code == 404


def test_a_name_that_is_refused_is_kept_and_does_not_use_the_link_up(
    client: TestClient, link_to: LinkTo
) -> None:
    link = link_to("ada@example.org")
    answer = client.post(link, data={"display_name": "A" * 61})
    assert answer.status_code == 422
    assert "A" * 61 in answer.text
    assert client.post(link, data={"display_name": "Ada"}).status_code == 303


def test_using_one_link_ends_the_others_to_the_address(client: TestClient, link_to: LinkTo) -> None:
    first, second = link_to("ada@example.org"), link_to("ada@example.org")
    assert client.post(second, data={"display_name": "Ada"}).status_code == 303
    assert client.post(first).status_code == 404


@pytest.mark.parametrize("email", ["", "ada", "ada@", "a b@example.org", "a@b.c\nBcc: x@y.org"])
def test_what_is_no_address_gets_a_sentence_and_no_mail(
    client: TestClient, mails: list[Mail], email: str
) -> None:
    answer = client.post("/sign-in/email", data={"email": email})
    assert answer.status_code == 422
    assert "e-mail address" in answer.text
    assert not mails


@pytest.mark.parametrize(
    "elsewhere",
    ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "javascript:x"],
)
def test_no_link_leads_to_another_site(client: TestClient, link_to: LinkTo, elsewhere: str) -> None:
    answer = client.post(link_to("a@b.org", next_path=elsewhere), data={"display_name": "A"})
    assert answer.headers["location"] == "/"


def test_the_second_time_no_name_is_asked(client: TestClient, link_to: LinkTo) -> None:
    client.post(link_to("ada@example.org"), data={"display_name": "Ada"})
    client.cookies.clear()
    link = link_to("ada@example.org")
    assert "Welcome back" in client.get(link).text
    assert client.post(link).status_code == 303
    assert "Ada" in client.get("/").text


def test_a_public_gallery_without_a_mail_server_makes_no_link(gallery: Gallery) -> None:
    """Else it would be in the log, where it lets whoever reads that sign in as somebody else."""
    settings = gallery.settings.model_copy(update={"base_url": "https://gallery.example"})
    public = Gallery(settings, gallery.database, gallery.events, gallery.clock)
    browser = TestClient(
        build_app(public),
        base_url=settings.base_url,
        headers={"Origin": settings.base_url, "Accept": "text/html"},
    )
    answer = browser.post("/sign-in/email", data={"email": "ada@example.org"})
    assert answer.status_code == 503
    assert "This gallery sends no mail" in answer.text
    assert 'action="/sign-in/email"' not in answer.text
    with gallery.database.read() as session:
        assert session.query(EmailLink).count() == 0
