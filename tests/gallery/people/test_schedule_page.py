"""The organisers' page and command that move the deadline: looked at first, then done."""

import argparse
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gallery.database.connection import Database
from gallery.errors import Invalid
from gallery.gallery import Gallery
from gallery.organising.shell import commands as admin
from tests.gallery.people.conftest import Sprint

SignedIn = Callable[[str], TestClient]
DAY = timedelta(days=1)
THEN = {"to": "2026-06-22T14:00", "reason": "The Hub was down."}


@pytest.fixture
def address(sqlite_address: str) -> str:
    return sqlite_address


def test_a_move_is_looked_at_and_then_done(sprint: Sprint, signed_in: SignedIn) -> None:
    board, at = signed_in("organiser"), "/summer/organise/deadline"
    assert "Saturday 20 June 2026, 14:00 in Paris (12:00 UTC)" in board.get(at).text
    looked = board.post(at, data=THEN)
    assert looked.status_code == 200
    assert "Monday 22 June 2026, 14:00 in Paris (12:00 UTC)" in looked.text
    assert "Judging" in looked.text
    assert sprint.gallery.current == sprint.event, "looking changes nothing"
    sent = {**THEN, "step": "move", "seen": sprint.event.deadline.isoformat()}
    assert board.post(at, data=sent).status_code == 303
    assert sprint.gallery.current.deadline == sprint.event.deadline + 2 * DAY
    page = board.get(at).text
    assert "The event file says Saturday 20 June 2026, 14:00 in Paris (12:00 UTC)" in page
    assert "The Hub was down." in signed_in("stranger").get("/summer/teams").text
    assert board.post(at, data=sent).status_code == 422, "it is there already"


def test_an_earlier_one_asks_and_a_past_one_is_refused(sprint: Sprint, signed_in: SignedIn) -> None:
    board, at = signed_in("organiser"), "/summer/organise/deadline"
    earlier = {**THEN, "to": "2026-06-19T14:00"}
    assert "It is meant to be earlier" in board.post(at, data=earlier).text
    sent = {**earlier, "step": "move", "seen": sprint.event.deadline.isoformat()}
    refused = board.post(at, data=sent)
    assert refused.status_code == 422
    assert "confirm that it is meant" in refused.text
    past = board.post(at, data={**THEN, "to": "2026-06-01T14:00"})
    assert "must lie in the future" in past.text
    assert board.post(at, data={**sent, "confirmed": "yes"}).status_code == 303
    assert sprint.gallery.current.deadline == sprint.event.deadline - DAY


@pytest.mark.parametrize(
    "typed", [{"to": "soon"}, {"to": ""}, {"reason": ""}, {"seen": "yesterday"}, {"seen": ""}]
)
def test_what_is_wrong_in_the_form_is_a_sentence(
    sprint: Sprint, signed_in: SignedIn, typed: dict[str, str]
) -> None:
    sent = {**THEN, "step": "move", "seen": sprint.event.deadline.isoformat(), **typed}
    answer = signed_in("organiser").post("/summer/organise/deadline", data=sent)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert sprint.gallery.current == sprint.event


def test_the_page_says_that_the_file_was_changed_since_and_which_holds(
    sprint: Sprint, signed_in: SignedIn, database: Database
) -> None:
    board, at = signed_in("organiser"), "/summer/organise/deadline"
    sent = {**THEN, "step": "move", "seen": sprint.event.deadline.isoformat()}
    board.post(at, data=sent)
    phases = tuple(
        phase.model_copy(update={"ends": phase.ends - DAY})
        if phase.ends == sprint.event.deadline
        else phase
        for phase in sprint.event.phases
    )
    sprint.gallery.schedule.files = {"summer": sprint.event.model_copy(update={"phases": phases})}
    page = board.get(at).text
    assert "The file was changed since" in page
    assert "it said Saturday 20 June 2026, 14:00 in Paris" in page
    back = {"reason": "The file is right.", "seen": sprint.gallery.current.deadline.isoformat()}
    assert board.post(f"{at}/give-back", data=back).status_code == 303


def test_the_notice_is_written_there(sprint: Sprint, signed_in: SignedIn) -> None:
    board = signed_in("organiser")
    board.post("/summer/organise/notice", data={"notice": "Talks are **moved**."})
    assert "Talks are <strong>moved</strong>." in signed_in("stranger").get("/summer").text
    board.post("/summer/organise/notice", data={"notice": "x", "step": "give-back"})
    assert sprint.gallery.current.notice == ""


def test_nobody_else_moves_it(sprint: Sprint, signed_in: SignedIn, client: TestClient) -> None:
    for browser, status in ((client, 401), (signed_in("juror"), 403)):
        for path in ("deadline", "deadline/give-back", "notice"):
            answer = browser.post(f"/summer/organise/{path}", data=THEN)
            assert answer.status_code == status, path


@pytest.fixture
def run(sprint: Sprint) -> Callable[..., int]:
    def run(*arguments: str) -> int:
        parser = argparse.ArgumentParser()
        admin.add_commands(parser.add_subparsers())
        options = parser.parse_args(["admin", *arguments])
        return options.command(options, sprint.gallery)

    return run


def test_it_moves_from_a_shell_too(
    sprint: Sprint, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    because = ("--reason", "The Hub was down.")
    assert run("move-deadline", "2026-06-21T14:00", *because) == 0
    assert "the deadline is Sunday 21 June 2026, 14:00 in Paris" in capsys.readouterr().out
    assert sprint.gallery.current.deadline == sprint.event.deadline + DAY
    with pytest.raises(Invalid, match="confirm"):
        run("move-deadline", "2026-06-20T14:00", *because)
    assert run("move-deadline", "2026-06-19T14:00", *because, "--earlier") == 0
    run("deadline")
    assert "the event file says" in capsys.readouterr().out
    assert run("give-deadline-back", *because) == 0
    assert sprint.gallery.current == sprint.event
    assert run("notice", "Hello") == 0
    assert sprint.gallery.current.notice == "Hello"
    assert run("notice", "--as-file") == 0
    assert isinstance(sprint.gallery, Gallery)
    assert sprint.gallery.current == sprint.event
