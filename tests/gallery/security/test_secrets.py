"""No secret in what organisers take home, in a backup, in the log of the server, or in an error."""

import csv
import io
import logging
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gallery.act import Act
from gallery.actor import Actor
from gallery.backups.backup import back_up
from gallery.database.tables import Account, EmailLink, SignInSession, TeamToken
from gallery.gallery import Gallery
from gallery.organising import decisions
from gallery.people import accounts, email_links, sessions
from gallery.people.openid import HubPerson
from gallery.people.sessions import digest
from tests.gallery.security.conftest import Sprint

SignedIn = Callable[[str], TestClient]
FORMULAS = ('=HYPERLINK("http://x")', "+1", "-1", "@SUM(1)", "＝1+1", " =1+1")


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_exports_hold_no_address_no_token_and_no_formula(
    sprint: Sprint, signed_in: SignedIn
) -> None:
    with sprint.gallery.database.write() as session:
        for number, account in enumerate(session.query(Account)):
            account.email = f"canary-{account.id}@example.org"
            account.hub_subject = f"canary-subject-{account.id}"
            account.display_name = FORMULAS[number % len(FORMULAS)]
    board = signed_in("organiser")
    for table in ("people", "teams", "ideas", "submissions"):
        answer = board.get(f"/summer/organise/{table}.csv")
        assert answer.headers["content-disposition"].startswith("attachment")
        found = set(re.findall(r"canary[-\w@.]*", answer.text))
        assert found <= {"canary-about", "canary-draft"}, table
        for row in csv.reader(io.StringIO(answer.text)):
            assert not [cell for cell in row if cell.lstrip().startswith(tuple("=+-@＝＋－＠"))]
    assert board.get("/summer/organise/accounts.csv").status_code == 404
    assert signed_in("stranger").get("/summer/organise/people.csv").status_code == 403


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_with_a_backup_in_hand_nobody_gets_in(sprint: Sprint, tmp_path: Path) -> None:
    gallery = sprint.gallery
    with gallery.database.write() as session:
        account = session.query(Account).filter_by(name="ada-l").one()
        cookie = sessions.begin(session, account, gallery.clock(), key=gallery.key)
        link = email_links.request(
            session, "ada@example.org", gallery.clock(), next_path="/", actor=Actor(None, "x")
        )
    secrets = {cookie, cookie.partition(".")[0], link, sprint.token}
    secrets |= {digest(one) for one in secrets}
    secrets |= {gallery.key.decode()}
    path = tmp_path / "backup.zip"
    back_up(gallery.database, gallery.settings.pictures_dir, path, now=gallery.clock())
    with zipfile.ZipFile(path) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist()).decode("latin-1")
    assert "Deep sea" in whole
    assert not [secret for secret in secrets if secret in whole]


def test_the_database_itself_holds_no_secret_that_lets_anybody_in(sprint: Sprint) -> None:
    gallery = sprint.gallery
    with gallery.database.write() as session:
        account = session.query(Account).filter_by(name="ada-l").one()
        cookie = sessions.begin(session, account, gallery.clock(), key=gallery.key)
    with gallery.database.read() as session:
        kept = [
            value
            for table in (SignInSession, TeamToken, EmailLink)
            for row in session.execute(select(table.__table__))
            for value in row
        ]
    assert cookie.partition(".")[0] not in kept
    assert sprint.token not in kept


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_what_breaks_is_written_down_without_the_secret_in_its_address(
    client: TestClient,
    gallery: Gallery,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("something of ours")

    with gallery.database.write() as session:
        token = email_links.request(
            session, "ada@example.org", gallery.clock(), next_path="/", actor=Actor(None, "x")
        )
    monkeypatch.setattr(email_links, "use", break_down)
    with caplog.at_level(logging.DEBUG):
        answer = client.post(f"/sign-in/email/{token}", data={"display_name": "Ada"})
    assert answer.status_code == 500
    assert "something of ours" not in answer.text
    assert answer.headers["content-security-policy"]
    assert "POST /sign-in/email/… failed" in caplog.text
    ours = [record for record in caplog.records if record.name.startswith("gallery")]
    assert token not in "".join(record.getMessage() for record in ours)


def test_an_error_of_the_database_tells_nothing_that_was_sent(gallery: Gallery) -> None:
    with gallery.database.write() as session:
        session.add(Account(name="ada", display_name="Ada", created_at=gallery.clock()))
    again = {"name": "ada", "email": "canary@example.org", "created_at": gallery.clock()}
    with gallery.database.writing() as session:
        session.add(Account(display_name="x", **again))
        with pytest.raises(IntegrityError, match="hidden") as caught:
            session.flush()
    assert "canary" not in str(caught.value)


def test_a_name_on_the_hub_is_one_persons_whatever_its_letters(gallery: Gallery) -> None:
    with gallery.database.write() as session:
        first = accounts.of_hub(session, HubPerson("1", "Organiser", "First"), gallery.clock())
        second = accounts.of_hub(session, HubPerson("2", "organiser", "Second"), gallery.clock())
        assert sessions.actor_for(session, second, gallery.events.values()).organises("summer")
        assert not sessions.actor_for(session, first, gallery.events.values()).organises("summer")


def test_nobody_can_be_locked_out_by_links_that_others_ask_for(
    client: TestClient, clock: Callable, link_to_asked: Callable[[str], int]
) -> None:
    answers = [link_to_asked(f"198.51.100.{number}") for number in range(40)]
    assert answers.count(200) == email_links.BY_EMAIL.most
    clock.now += email_links.LASTS + timedelta(seconds=1)  # type: ignore[attr-defined]
    assert link_to_asked("203.0.113.9") == 200


@pytest.fixture
def link_to_asked(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """Asks for a link to one address from somewhere; gives the status."""
    monkeypatch.setattr("gallery.people.mail.send", lambda *_: None)

    def ask(host: str) -> int:
        monkeypatch.setattr("gallery.pages.sign_in._address", lambda _request: host)
        return client.post("/sign-in/email", data={"email": "ada@example.org"}).status_code

    return ask


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_closed_account_gets_in_by_no_way(sprint: Sprint, signed_in: SignedIn) -> None:
    gallery, browser = sprint.gallery, signed_in("stranger")
    assert browser.get("/account").status_code == 200
    with gallery.database.write() as session:
        program = Actor(None, "command line", is_program=True)
        now = gallery.clock()
        accounts.close(session, program, now, name="stranger", reason="spam")
    assert browser.get("/account").status_code == 303
    headers = {"Authorization": f"Bearer {sprint.token}"}
    answer = browser.get("/api/v1/events/summer/team", headers=headers)
    assert answer.status_code == 401
    with gallery.database.write() as session:
        board = sessions.actor_for(
            session, session.query(Account).filter_by(name="organiser").one(), [sprint.event]
        )
        with pytest.raises(Exception, match="nobody here is called"):
            decisions.admit(Act(session, board, gallery.clock(), sprint.event), name="stranger")
