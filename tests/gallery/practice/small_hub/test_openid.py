"""Signing in with the small Hub, by the library that the gallery signs in with."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.gallery.hub_fixtures import ServedHub

BACK = "http://127.0.0.1:7861/sign-in/hub/callback"
VERIFIER = "v" * 64


@pytest.fixture
def application(small_hub: ServedHub) -> Iterator[OAuth2Client]:
    small_hub.hub.add_client("gallery", "s3cret", BACK)
    with OAuth2Client(
        "gallery",
        "s3cret",
        scope="openid profile",
        redirect_uri=BACK,
        code_challenge_method="S256",
    ) as client:
        yield client


def _page(small_hub: ServedHub, application: OAuth2Client, **more: str) -> httpx.Response:
    address, _state = application.create_authorization_url(
        f"{small_hub.address}/oauth/authorize", state="st", code_verifier=VERIFIER, **more
    )
    return httpx.get(address, timeout=60)


def _answer(small_hub: ServedHub, page: httpx.Response, **typed: str) -> httpx.Response:
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return httpx.post(f"{small_hub.address}/oauth/authorize", data={**hidden, **typed}, timeout=60)


def _code(answer: httpx.Response) -> str:
    assert answer.status_code == 303
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    assert told["state"] == ["st"]
    return told["code"][0]


def _token(small_hub: ServedHub, application: OAuth2Client, code: str, verifier: str) -> dict:
    return application.fetch_token(
        f"{small_hub.address}/oauth/token",
        grant_type="authorization_code",
        code=code,
        code_verifier=verifier,
    )


def test_a_visitor_types_a_name_and_the_application_learns_it(
    small_hub: ServedHub, application: OAuth2Client
) -> None:
    made: list[str] = []
    small_hub.hub.on_new_account = lambda account: made.append(account.name)
    page = _page(small_hub, application, nonce="n0nce")
    code = _code(_answer(small_hub, page, name="grace-h", answer="allow"))
    token = _token(small_hub, application, code, VERIFIER)
    told = httpx.get(f"{small_hub.address}/.well-known/openid-configuration", timeout=60).json()
    keys = KeySet.import_key_set(httpx.get(told["jwks_uri"], timeout=60).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
    assert made == ["grace-h"]
    assert claims["iss"] == told["issuer"] == small_hub.address
    assert (claims["aud"], claims["nonce"]) == ("gallery", "n0nce")
    assert claims["preferred_username"] == "grace-h"
    info = application.get(told["userinfo_endpoint"]).json()
    assert info["sub"] == claims["sub"]
    assert (
        httpx.get(info["picture"], timeout=60).headers["content-type"].startswith("image/svg+xml")
    )


def test_a_code_is_good_once(small_hub: ServedHub, application: OAuth2Client) -> None:
    page = _page(small_hub, application)
    code = _code(_answer(small_hub, page, name="grace-h", answer="allow"))
    _token(small_hub, application, code, VERIFIER)
    with pytest.raises(Exception, match="invalid_grant"):
        _token(small_hub, application, code, VERIFIER)


def test_a_stolen_code_is_worth_nothing_without_the_verifier(
    small_hub: ServedHub, application: OAuth2Client
) -> None:
    page = _page(small_hub, application)
    code = _code(_answer(small_hub, page, name="grace-h", answer="allow"))
    with pytest.raises(Exception, match="code_verifier"):
        _token(small_hub, application, code, "another" * 9)


def test_saying_no_leads_back_with_the_reason(
    small_hub: ServedHub, application: OAuth2Client
) -> None:
    answer = _answer(small_hub, _page(small_hub, application), name="", answer="refuse")
    assert "error=access_denied" in answer.headers["location"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("ada l", "choose another"), ("house", "a program's account"), ("", "choose another")],
)
def test_a_name_that_cannot_be_is_refused_with_a_sentence(
    small_hub: ServedHub, application: OAuth2Client, name: str, sentence: str
) -> None:
    small_hub.hub.add_account("house", is_open=False)
    answer = _answer(small_hub, _page(small_hub, application), name=name, answer="allow")
    assert answer.status_code == 422
    assert sentence in answer.text.replace("&#39;", "'")


@pytest.mark.parametrize(
    "wrong", [{"client_id": "nobody"}, {"redirect_uri": "http://127.0.0.1:1/elsewhere"}]
)
def test_nobody_is_led_to_an_address_that_was_not_registered(
    small_hub: ServedHub, application: OAuth2Client, wrong: dict[str, str]
) -> None:
    asked = {"client_id": "gallery", "redirect_uri": BACK, "response_type": "code", **wrong}
    answer = httpx.get(f"{small_hub.address}/oauth/authorize", params=asked, timeout=60)
    assert answer.status_code == 400


def test_a_wrong_secret_gets_no_token(small_hub: ServedHub, application: OAuth2Client) -> None:
    page = _page(small_hub, application)
    code = _code(_answer(small_hub, page, name="grace-h", answer="allow"))
    answer = httpx.post(
        f"{small_hub.address}/oauth/token",
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": BACK},
        auth=("gallery", "guessed"),
        timeout=60,
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
