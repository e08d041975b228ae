"""Limits on tries: who tries too often waits, and nobody else does."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from gallery.database.connection import Database
from gallery.database.tables import Attempt
from gallery.errors import TooMany
from gallery.gallery import Gallery
from gallery.people import attempts
from gallery.people.attempts import Limit
from gallery.people.mail import Mail
from tests.gallery.conftest import Clock

LIMIT = Limit("trying", "visitor", most=3, within=timedelta(minutes=10))


def test_the_fourth_try_waits_until_the_first_is_old(database: Database, clock: Clock) -> None:
    for _ in range(3):
        attempts.require(database, clock.now, (LIMIT, "ada"))
        clock.now += timedelta(minutes=1)
    with pytest.raises(TooMany, match="wait 7 minutes") as refused:
        attempts.require(database, clock.now, (LIMIT, "ada"))
    assert refused.value.retry_after == 7 * 60
    attempts.require(database, clock.now, (LIMIT, "eve"))
    clock.now += timedelta(minutes=7)
    attempts.require(database, clock.now, (LIMIT, "ada"))


def test_a_try_beyond_a_limit_counts_for_none(database: Database, clock: Clock) -> None:
    other = Limit("trying", "address", most=100, within=timedelta(minutes=10))
    for _ in range(10):
        try:
            attempts.require(database, clock.now, (other, "here"), (LIMIT, "ada"))
        except TooMany:
            continue
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 6


@pytest.mark.slow
def test_a_thousand_tries_in_a_row_lock_nobody_else_out(
    client: TestClient,
    gallery: Gallery,
    mails: list[Mail],
    monkeypatch: pytest.MonkeyPatch,
    link_to: Callable[..., str],
) -> None:
    victim = link_to("victim@example.org")
    monkeypatch.setattr("gallery.pages.sign_in._address", lambda _request: "203.0.113.9")
    statuses = [
        client.post(
            "/sign-in/email",
            data={"email": "victim@example.org" if number % 2 else f"a{number}@example.org"},
        ).status_code
        for number in range(1000)
    ]
    assert set(statuses) == {200, 429}
    assert statuses[-1] == 429
    assert len(mails) <= 101
    monkeypatch.setattr("gallery.pages.sign_in._address", lambda _request: "198.51.100.7")
    client.cookies.clear()
    assert client.post("/sign-in/email", data={"email": "b@example.org"}).status_code == 200
    assert client.post("/sign-in/email", data={"email": "victim@example.org"}).status_code == 200
    assert client.post(victim, data={"display_name": "Victim"}).status_code == 303


@pytest.mark.slow
def test_a_thousand_guessed_links_are_stopped(client: TestClient) -> None:
    statuses = {client.get(f"/sign-in/email/guess-{n}").status_code for n in range(150)}
    assert statuses == {404, 429}


def test_what_is_older_than_the_limit_does_not_count(database: Database, clock: Clock) -> None:
    def tries(when: datetime) -> None:
        for _ in range(3):
            attempts.require(database, when, (LIMIT, "ada"))

    tries(clock.now)
    tries(clock.now + LIMIT.within)
