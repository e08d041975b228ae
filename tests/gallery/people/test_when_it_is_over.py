"""After the deadline: pages say that a part is over, and offer nothing that would be refused."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from gallery.event.phase import told
from gallery.teams import ideas, join_requests, teams
from gallery.teams import invitations as team_invitations
from gallery.web.render import time_tag
from tests.gallery.conftest import Clock
from tests.gallery.people.conftest import Sprint

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def over(sprint: Sprint, clock: Clock) -> Sprint:
    """Ada proposed an idea and leads a team; kite-9 is invited to it, and egret asks to join."""
    sprint.sign_up("ada-l", "kite-9", "egret")
    idea = sprint.do(ideas.propose, "ada-l", title="Birds", text="Three strokes.")
    team = sprint.do(teams.form, "ada-l", name="Birds", idea_id=idea.id)
    sprint.do(team_invitations.invite, "ada-l", team_id=team.id, name="kite-9")
    sprint.do(join_requests.ask, "egret", idea_id=idea.id, message="")
    clock.now = sprint.event.deadline + timedelta(minutes=1)
    return sprint


@pytest.mark.parametrize("path", ["ideas/new", "ideas/1/edit", "teams/new", "teams/new?idea=1"])
def test_no_form_is_shown_that_would_be_refused(
    over: Sprint, signed_in: SignedIn, path: str
) -> None:
    page = signed_in("ada-l").get(f"/summer/{path}")
    assert page.status_code == 200
    assert told(over.event.deadline) in page.text
    assert "<form" not in page.text


def test_what_was_typed_before_the_deadline_is_kept_after_it(
    over: Sprint, signed_in: SignedIn
) -> None:
    typed = {"title": "Late birds", "text": "A page of them."}
    answer = signed_in("kite-9").post("/summer/ideas", data=typed)
    assert answer.status_code == 409
    assert "it is over" in answer.text
    assert "A page of them." in answer.text


@pytest.mark.parametrize("path", ["ideas", "teams", "teams/1", "sign-up"])
def test_an_invitation_can_be_declined_and_no_more(
    over: Sprint, signed_in: SignedIn, path: str
) -> None:
    page = signed_in("kite-9").get(f"/summer/{path}").text
    assert "/invitations/1/decline" in page
    assert "/invitations/1/accept" not in page
    assert "oining was open until" in page


@pytest.mark.slow
def test_who_asked_to_join_can_be_declined_and_no_more(over: Sprint, signed_in: SignedIn) -> None:
    page = signed_in("ada-l").get("/summer/ideas/1").text
    assert "/requests/1/decline" in page
    assert "/requests/1/accept" not in page
    assert "Comments closed" in page


def test_the_steps_say_what_is_over(over: Sprint, signed_in: SignedIn) -> None:
    page = signed_in("kite-9").get("/summer/ideas").text
    steps = page[page.index('<ol class="way"') : page.index("</ol>")]
    for offered in ("Sign up", "Submit a demo", "Find a team"):
        assert offered not in steps
    assert "handing in closed" in steps
    page = signed_in("newcomer").get("/summer/sign-up").text
    assert "it is over" in page
    assert 'action="/summer/sign-up"' not in page


def test_errors_tell_a_time_in_the_words_of_the_pages(over: Sprint, signed_in: SignedIn) -> None:
    """The event is in Paris: its deadline must not read 14:00 here and 12:00 there."""
    browser = signed_in("ada-l")
    refused = (
        browser.post("/summer/ideas", data={"title": "Late", "text": "x"}).text,
        browser.post("/summer/ideas/1", data={"title": "Late", "text": "x"}).text,
        browser.post("/summer/teams/1", data={"name": "Late"}).text,
        signed_in("kite-9").post("/summer/teams/1/invitations/1/accept").text,
        signed_in("kite-9").post("/summer/ideas/1/join").text,
    )
    for answer in refused:
        problem = answer[answer.index('role="alert"') :]
        assert told(over.event.deadline) in problem[: problem.index("</p>")]
        assert "CEST" not in answer


def test_a_time_with_an_offset_is_shown_in_utc() -> None:
    deadline = datetime.fromisoformat("2023-05-01T23:59+02:00")
    assert "1 May 2023, 21:59 UTC" in time_tag(deadline, "minute")
