"""The organisers' commands, as they are typed."""

import json
import os
import sys
from collections.abc import Callable

import pytest

from gallery import cli
from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Account, SignUp
from gallery.gallery import Gallery
from gallery.organising import log_lines
from gallery.people import accounts
from gallery.submissions import submissions
from tests.gallery.submissions.conftest import content

Person = Callable[[str], Actor]


@pytest.fixture
def typed(
    gallery: Gallery,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[str], tuple[int, str, str]]:
    """Runs `admin …` on the test's gallery; gives exit code, output and errors."""
    monkeypatch.setattr(cli, "open_gallery", lambda _settings: gallery)

    def run(line: str) -> tuple[int, str, str]:
        code = cli.main(["admin", *line.split()])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def sign_up(gallery: Gallery, actor: Actor, state: str = "waiting") -> None:
    assert actor.account_id is not None
    with gallery.database.write() as session:
        session.add(
            SignUp(
                event=gallery.current.slug,
                account_id=actor.account_id,
                about="",
                state=state,
                created_at=gallery.clock(),
            )
        )


@pytest.fixture
def number(gallery: Gallery, person: Person) -> int:
    ada, now, event = person("ada-l"), gallery.clock(), gallery.current
    sign_up(gallery, ada, "accepted")
    with gallery.database.write() as session:
        draft = submissions.create_draft(Act(session, ada, now, event), content=content())
        submissions.submit(Act(session, ada, now, event), submission_id=draft.id, number=1)
        return draft.id


@pytest.mark.slow
def test_a_submission_is_listed_shown_hidden_and_restored(typed: Callable, number: int) -> None:
    code, out, _ = typed("submissions --json")
    assert code == 0
    (row,) = json.loads(out)
    assert (row["number"], row["demo"], row["state"]) == (number, "Sketch to photo", "submitted")
    assert "ada-l/sketch-to-photo" in typed(f"show {number}")[1]
    assert typed(f"hide submission {number} --reason stolen")[0] == 0
    assert "hidden: stolen" in typed("submissions")[1]
    assert typed(f"restore submission {number} --reason cleared")[0] == 0
    code, out, _ = typed("log --what submission --json")
    assert [line["did"] for line in json.loads(out)][:2] == [
        "submission.restored",
        "submission.hidden",
    ]


def test_people_are_let_in_made_jurors_and_invited(
    typed: Callable, gallery: Gallery, person: Person
) -> None:
    sign_up(gallery, person("bob-k"))
    person("eve-x")
    assert typed("accept bob-k")[1] == "bob-k: accepted\n"
    assert typed("admit eve-x")[0] == 0
    states = {row["handle"]: row["state"] for row in json.loads(typed("sign-ups --json")[1])}
    assert states == {"bob-k": "accepted", "eve-x": "accepted"}
    assert typed("give juror bob-k")[0] == 0
    assert "bob-k" in typed("roles")[1]
    assert typed("take juror bob-k")[0] == 0
    assert "/account/invitation/" in typed("invite juror Guest")[1]


def test_an_account_is_closed_and_opened_again_and_the_log_says_why(
    typed: Callable, gallery: Gallery, person: Person
) -> None:
    account_id = person("ada-l").account_id
    with gallery.database.write() as session:
        session.get_one(Account, account_id).email = "ada@example.org"
    assert typed("close ada-l --reason spam")[1] == "the account ada-l is closed\n"
    code, _, err = typed("reopen nobody")
    assert (code, "no closed account" in err) == (2, True)
    assert typed("reopen ada-l")[0] == 0
    lines = [(one["did"], one["details"]) for one in json.loads(typed("log --json")[1])]
    assert lines == [("account.reopened", "ada-l"), ("account.closed", "ada-l, reason: spam")]


def test_organisers_read_of_closed_accounts_of_their_own_people_alone(
    typed: Callable, gallery: Gallery, person: Person
) -> None:
    sign_up(gallery, person("bob-k"))
    person("eve-x")
    for name in ("bob-k", "eve-x"):
        assert typed(f"close {name} --reason spam")[0] == 0
    organiser = person("organiser")
    with gallery.database.write() as session:
        accounts.rename(session, organiser, gallery.clock(), display_name="Olga")
    with gallery.database.read() as session:
        lines = log_lines.log(session, organiser, event=gallery.current)
    assert [(one.who, one.action, one.details) for one in lines] == [
        ("command line", "account.closed", "bob-k, reason: spam")
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("show 99", "there is no submission 99"),
        ("hide idea 99 --reason spam", "there is no idea 99"),
        ("hide submission 99 --reason x", "the reason"),
        ("accept nobody", "nobody"),
        ("give king nobody", "nobody"),
        ("dismiss 99 --reason because", "there is no report 99"),
        ("log --event winter", "no event is called 'winter'"),
        ("hand-over 99 1 --reason because", "there is no submission 99"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_2(
    typed: Callable, line: str, sentence: str
) -> None:
    code, out, err = typed(line)
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_who_reads_the_first_lines_alone_gets_no_error(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "open_gallery", lambda _settings: gallery)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        assert cli.main(["admin", "log"]) == 0
    assert capsys.readouterr().err == ""
