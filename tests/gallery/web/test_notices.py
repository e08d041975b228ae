"""What was done is said once, to who did it, and to nobody who is only given an address."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from gallery.app import build_app
from gallery.gallery import Gallery
from gallery.web import notices
from gallery.web.once import key_of
from tests.gallery.conftest import BASE_URL

SignedIn = Callable[[str], TestClient]
pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
SAID = "Your name is changed."


def rename(browser: TestClient, name: str = "Ada") -> str:
    """Where the browser is sent."""
    answer = browser.post("/account", data={"display_name": name})
    assert answer.status_code == 303
    return answer.headers["location"]


def test_it_is_said_once(signed_in: SignedIn) -> None:
    ada = signed_in("ada-l")
    address = rename(ada)
    assert address == "/account"
    assert SAID in ada.get(address).text
    assert SAID not in ada.get(address).text
    rename(ada)
    assert SAID in ada.get(address).text


@pytest.mark.slow
def test_no_address_makes_a_page_say_it(signed_in: SignedIn) -> None:
    ada = signed_in("ada-l")
    for done in notices.SENTENCES:
        for path in ("/account", "/summer/ideas", "/summer/sign-up", "/summer/teams"):
            page = ada.get(f"{path}?done={done}")
            assert page.status_code == 200
            assert notices.SENTENCES[done] not in page.text


def test_it_is_said_on_its_page_and_nowhere_else(signed_in: SignedIn) -> None:
    ada = signed_in("ada-l")
    address = rename(ada)
    assert SAID not in ada.get("/summer/ideas").text
    assert SAID in ada.get(address).text


def test_a_cookie_that_is_not_ours_says_nothing(signed_in: SignedIn) -> None:
    ada = signed_in("ada-l")
    rename(ada)
    (cookie,) = [one for one in ada.cookies.jar if one.name == notices.COOKIE]
    assert cookie.value is not None
    assert cookie.path == "/account"
    signature = cookie.value.rpartition(".")[2]
    for forged in ("renamed", f"unlinked.{signature}", "renamed.", ".", "renamed.x"):
        ada.cookies.delete(notices.COOKIE)
        ada.cookies.set(notices.COOKIE, forged, domain="127.0.0.1", path="/account")
        assert not any(one in ada.get("/account").text for one in (SAID, "is removed."))


def test_a_refused_change_says_why_and_nothing_else(signed_in: SignedIn) -> None:
    ada = signed_in("ada-l")
    rename(ada)
    refused = ada.post("/account", data={"display_name": ""})
    assert refused.status_code == 422
    assert SAID not in refused.text


def test_who_is_told_something_gets_a_page_of_their_own(gallery: Gallery) -> None:
    scope = {"type": "http", "method": "GET", "path": "/summer", "query_string": b""}
    cookie = f"{notices.COOKIE}=woken.x".encode()
    assert key_of({**scope, "headers": [(b"cookie", cookie)]}, gallery.events) is None
    assert key_of({**scope, "headers": []}, gallery.events) is not None


def test_a_number_in_an_address_that_is_none_is_left_out(
    gallery: Gallery, signed_in: SignedIn
) -> None:
    organiser = signed_in("organiser")
    for asked, shown in (
        ("/summer/organise/log?before=x&who=ada", "/summer/organise/log?who=ada"),
        ("/summer/teams/new?idea=", "/summer/teams/new"),
        ("/summer/teams/new?idea=-1", "/summer/teams/new"),
    ):
        answer = organiser.get(asked)
        assert (answer.status_code, answer.headers.get("location")) == (303, shown), asked
    for nowhere in ("/summer/ideas/x", "/summer/teams/0", "/summer/submissions/1.5"):
        page = organiser.get(nowhere)
        assert page.status_code == 404
        assert "There is no page at this address" in page.text
        assert "_id" not in page.text
    visitor = TestClient(build_app(gallery), base_url=BASE_URL)
    assert visitor.get("/api/v1/events/summer/submissions?page=x").status_code == 422
