"""Mail, sent to a server that is really there."""

import logging

import pytest

from gallery.errors import Unavailable
from gallery.people import mail
from gallery.people.mail import Mail
from gallery.settings import Settings
from tests.gallery.people.post_office import post_office

__all__ = ["post_office"]

LETTER = Mail("ada@example.org", "Sign in to Größe", "Open this:\n\nhttp://127.0.0.1/x\n")


def test_a_letter_arrives_whole(post_office: tuple[Settings, list[str]]) -> None:
    settings, taken = post_office
    mail.send(settings, LETTER)
    assert "To: ada@example.org" in taken[0]
    assert "http://127.0.0.1/x" in taken[0]


def test_a_refusal_for_good_is_told_apart_and_the_next_letter_goes(
    post_office: tuple[Settings, list[str]],
) -> None:
    settings, taken = post_office
    refused = Mail("nobody@example.org", "News", "x")
    with pytest.raises(Unavailable, match="mail server"):
        mail.send(settings, refused)
    with pytest.raises(mail.Undeliverable):
        mail.send(settings, refused)
    mail.send(settings, LETTER)
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
    assert "http://127.0.0.1/x" not in caplog.text
