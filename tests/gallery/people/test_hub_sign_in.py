"""Signing in by the Hub: OpenID Connect against a small Hub that is really served."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from gallery.database.tables import Account
from gallery.gallery import Gallery
from gallery.people import hub_sign_in, sessions
from gallery.practice.small_hub.trouble import Trouble
from gallery.settings import Settings
from tests.gallery.conftest import BASE_URL, Clock, _browser
from tests.gallery.hub_fixtures import ServedHub

CALLBACK = f"{BASE_URL}/sign-in/hub/callback"


@pytest.fixture
def settings(settings: Settings, small_hub: ServedHub, clock: Clock) -> Settings:
    clock.now = datetime.now(UTC)  # the small Hub signs with the real time
    small_hub.hub.add_client("gallery", "a secret", CALLBACK)
    return settings.model_copy(
        update={
            "hf_endpoint": small_hub.address,
            "oauth_client_id": "gallery",
            "oauth_client_secret": Settings.model_validate(
                {"oauth_client_secret": "a secret"}
            ).oauth_client_secret,
        }
    )


@pytest.fixture
def other(gallery: Gallery) -> Iterator[TestClient]:
    """Somebody else's browser."""
    with _browser(gallery) as client:
        yield client


def ask_hub(address: str, name: str, *, answer: str = "allow") -> str:
    """Fills in the Hub's page; gives the address to which it sends the person back."""
    query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
    response = httpx.post(
        address.split("?")[0], data={**query, "name": name, "answer": answer}, timeout=60
    )
    assert response.is_redirect, response.text
    return response.headers["location"]


def way_back(client: TestClient, name: str, *, next_path: str = "/", answer: str = "allow") -> str:
    begun = client.get("/sign-in/hub", params={"next": next_path})
    assert begun.status_code == 303, begun.text
    return ask_hub(begun.headers["location"], name, answer=answer)


def signed_in_as(client: TestClient) -> str | None:
    page = client.get("/account")
    return (
        page.text.split('<h1 dir="auto">')[1].split("</h1>")[0] if page.status_code == 200 else None
    )


def test_one_signs_in_and_comes_back_to_where_one_was(client: TestClient) -> None:
    back = way_back(client, "ada-l", next_path="/summer?sort=likes")
    answer = client.get(back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/summer?sort=likes")
    assert signed_in_as(client) == "ada-l"


def test_the_request_carries_a_challenge_a_nonce_and_no_address_of_mail(
    client: TestClient,
) -> None:
    query = parse_qs(urlsplit(client.get("/sign-in/hub").headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["nonce"] != query["state"]
    assert query["scope"] == ["openid profile"]


def test_a_way_back_works_once(client: TestClient) -> None:
    begun = client.get("/sign-in/hub")
    state = client.cookies[hub_sign_in.COOKIE]
    back = ask_hub(begun.headers["location"], "ada-l")
    assert client.get(back).status_code == 303
    client.cookies.delete(sessions.COOKIE)
    client.cookies.set(hub_sign_in.COOKIE, state, path="/sign-in/hub")
    again = client.get(back)
    assert again.status_code == 403
    assert "was used" in again.text


def test_a_way_back_works_in_the_browser_that_began_it_alone(
    client: TestClient, other: TestClient
) -> None:
    back = way_back(client, "ada-l")
    way_back(other, "kite-9")
    assert other.get(back).status_code == 403
    assert signed_in_as(other) is None


def test_a_forged_state_and_an_old_one_are_refused(client: TestClient, clock: Clock) -> None:
    assert client.get("/sign-in/hub/callback?state=made-up&code=x").status_code == 403
    client.cookies.set(hub_sign_in.COOKIE, "made-up", path="/sign-in/hub")
    assert client.get("/sign-in/hub/callback?state=made-up&code=x").status_code == 403
    client.cookies.clear()
    back = way_back(client, "ada-l")
    clock.now += hub_sign_in.LASTS
    assert client.get(back).status_code == 403


def test_a_code_of_another_way_is_refused(client: TestClient, other: TestClient) -> None:
    stolen = parse_qs(urlsplit(way_back(other, "kite-9")).query)["code"][0]
    begun = client.get("/sign-in/hub")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    answer = client.get("/sign-in/hub/callback", params={"state": state, "code": stolen})
    assert answer.status_code == 403
    assert signed_in_as(client) is None


def test_who_says_no_at_the_hub_reads_what_to_do(client: TestClient) -> None:
    answer = client.get(way_back(client, "ada-l", answer="deny"))
    assert answer.status_code == 403
    assert "you did not agree" in answer.text
    assert 'name="email"' in answer.text


@pytest.mark.parametrize(
    "trouble", [Trouble.down(), Trouble.nonsense(), Trouble.nonsense(b"[]"), Trouble(drops=True)]
)
def test_a_hub_in_trouble_is_told_and_the_other_way_offered(
    client: TestClient, small_hub: ServedHub, trouble: Trouble
) -> None:
    back = way_back(client, "ada-l")
    small_hub.hub.trouble = trouble
    for answer in (client.get("/sign-in/hub"), client.get(back)):
        assert answer.status_code in (503, 403)
    begun = client.get("/sign-in/hub")
    assert begun.status_code == 503
    assert "sign in by e-mail" in begun.text
    assert 'name="email"' in begun.text


def test_a_new_name_on_the_hub_keeps_the_account(
    client: TestClient, gallery: Gallery, small_hub: ServedHub
) -> None:
    client.get(way_back(client, "ada-l"))
    with gallery.database.write() as session:
        account = session.query(Account).one()
        account.hub_name = "an-old-name"
    client.get(way_back(client, "ada-l"))
    with gallery.database.read() as session:
        assert [row.hub_name for row in session.query(Account)] == ["ada-l"]


def test_a_name_that_went_to_somebody_else_leaves_its_first_owner(
    client: TestClient, gallery: Gallery
) -> None:
    with gallery.database.write() as session:
        session.add(
            Account(
                name="first",
                display_name="First",
                hub_subject="an-old-subject",
                hub_name="organiser",
                created_at=gallery.clock(),
            )
        )
    client.get(way_back(client, "organiser"))
    with gallery.database.read() as session:
        names = {row.name: row.hub_name for row in session.query(Account)}
    assert names == {"first": None, "organiser": "organiser"}


def test_an_account_by_mail_gets_the_hub_as_a_second_way(
    gallery: Gallery, client: TestClient, clock: Clock
) -> None:
    with gallery.database.write() as session:
        account = Account(
            name="ada", display_name="Ada", email="ada@example.org", created_at=clock.now
        )
        session.add(account)
        session.flush()
        cookie = sessions.begin(session, account, clock.now, key=gallery.key)
    client.cookies.set(sessions.COOKIE, cookie)
    assert client.get(way_back(client, "ada-l", next_path="/account")).status_code == 303
    page = client.get("/account").text
    assert "ada-l" in page
    assert "You can sign in this way, too." in page
    with gallery.database.read() as session:
        found = session.query(Account).one()
        assert (found.email, found.hub_name) == ("ada@example.org", "ada-l")


def test_signing_in_ends_the_session_before_it_and_out_ends_it_everywhere(
    client: TestClient, clock: Clock
) -> None:
    client.get(way_back(client, "ada-l"))
    first = client.cookies[sessions.COOKIE]
    client.post("/sign-out")
    client.get(way_back(client, "ada-l"))
    second = client.cookies[sessions.COOKIE]
    assert first != second
    for cookie, expected in ((first, None), (second, "ada-l")):
        client.cookies.clear()
        client.cookies.set(sessions.COOKIE, cookie)
        assert signed_in_as(client) == expected
    clock.now += timedelta(days=31)
    assert signed_in_as(client) is None
