"""Cookies that were made up, changed, or belong to somebody who was closed out."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from gallery import secret
from gallery.actor import COMMAND_LINE
from gallery.database.tables import SignInSession
from gallery.gallery import Gallery
from gallery.people import accounts, sessions
from gallery.settings import Settings

SignedIn = Callable[[str], TestClient]


def settings_in(folder: Path) -> Settings:
    return Settings.model_validate({"data_dir": folder})


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = secret.secret_key(settings_in(tmp_path / "data"))
    assert len(first) >= 32
    assert secret.secret_key(settings_in(tmp_path / "data")) == first
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert secret.secret_key(settings_in(tmp_path / "other")) != first


@pytest.mark.parametrize(
    "signed",
    ["", ".", "ada", "ada.", "eve.{signature}", "ada.{signature}0", "ada.é", "a.da.{signature}"],
)
def test_only_what_was_signed_for_this_purpose_is_believed(signed: str) -> None:
    true = secret.sign(b"key", "session", "ada")
    assert secret.signed_value(b"key", "session", true) == "ada"
    assert secret.signed_value(b"key", "state", true) is None
    assert secret.signed_value(b"other", "session", true) is None
    forged = signed.format(signature=true.rpartition(".")[2])
    assert secret.signed_value(b"key", "session", forged) is None


def test_forged_cookies_sign_nobody_in(
    client: TestClient, signed_in: SignedIn, gallery: Gallery
) -> None:
    cookie = signed_in("ada-l").cookies[sessions.COOKIE]
    token = cookie.rpartition(".")[0]
    with gallery.database.read() as session:
        digest = session.scalars(select(SignInSession.token_digest)).one()
    assert token not in digest
    forged = (token, digest, cookie[:-1], secret.sign(b"another key", sessions.COOKIE, token))
    for value in forged:
        client.cookies.clear()
        client.cookies.set(sessions.COOKIE, value)
        assert client.get("/account").status_code == 303


def test_signing_out_everywhere_ends_every_browser_of_one_person(signed_in: SignedIn) -> None:
    first, second, other = signed_in("ada-l"), signed_in("ada-l"), signed_in("kite-9")
    assert first.post("/account/sign-out-everywhere").status_code == 303
    assert first.get("/account").status_code == 303
    assert second.get("/account").status_code == 303
    assert other.get("/account").status_code == 200


def test_a_closed_account_is_signed_out(signed_in: SignedIn, gallery: Gallery) -> None:
    browser = signed_in("ada-l")
    with gallery.database.write() as session:
        accounts.close(session, COMMAND_LINE, gallery.clock(), name="ada-l", reason="spam")
    assert browser.get("/account").status_code == 303
