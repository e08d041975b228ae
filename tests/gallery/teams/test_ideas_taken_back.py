"""An author takes an idea back: on its page, and through the API."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from gallery.app import build_app
from gallery.browsing import directory
from gallery.database.tables import Idea, JoinRequest, LogEntry, Notification
from gallery.errors import Closed, Invalid, NotAllowed, NotFound
from gallery.teams import ideas, join_requests, teams, tokens
from tests.gallery.conftest import BASE_URL, Clock
from tests.gallery.people.conftest import Sprint

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


@pytest.fixture
def idea(sprint: Sprint) -> Idea:
    """Of ada-l; grace-h asks to join it."""
    sprint.sign_up("ada-l", "grace-h")
    made = sprint.do(ideas.propose, "ada-l", title="Sea birds", text="They fly.")
    sprint.do(join_requests.ask, "grace-h", idea_id=made.id, message="I have data.")
    return made


def shown(sprint: Sprint) -> list[str]:
    with sprint.gallery.database.read() as session:
        return [card.idea.title for card in directory.idea_cards(session, sprint.event)]


def test_it_is_gone_and_who_asked_to_join_is_told(sprint: Sprint, idea: Idea) -> None:
    sprint.do(ideas.take_back, "ada-l", idea_id=idea.id)
    assert shown(sprint) == []
    with sprint.gallery.database.read() as session:
        assert session.scalar(select(JoinRequest.state)) == "declined"
        grace = sprint.id_of("grace-h")
        told = session.scalars(
            select(Notification.title).where(Notification.account_id == grace)
        ).all()
        actions = session.scalars(select(LogEntry.action)).all()
    assert "“Sea birds” was taken back by its author" in told
    assert "idea.taken_back" in actions
    with pytest.raises(NotFound):
        sprint.do(ideas.take_back, "ada-l", idea_id=idea.id)


def test_it_is_for_its_author_before_the_deadline_without_a_team(
    sprint: Sprint, idea: Idea, clock: Clock
) -> None:
    with pytest.raises(NotAllowed, match="taken back by its author"):
        sprint.do(ideas.take_back, "grace-h", idea_id=idea.id)
    team = sprint.do(teams.form, "ada-l", name="Birds", idea_id=idea.id)
    with pytest.raises(Invalid, match="“Birds” does; it can go when that ends"):
        sprint.do(ideas.take_back, "ada-l", idea_id=idea.id)
    sprint.do(teams.dissolve, "ada-l", team_id=team.id)
    before, clock.now = clock.now, sprint.event.deadline
    with pytest.raises(Closed):
        sprint.do(ideas.take_back, "ada-l", idea_id=idea.id)
    clock.now = before
    sprint.do(ideas.take_back, "ada-l", idea_id=idea.id)


def test_what_was_taken_back_counts_no_more(
    sprint: Sprint, idea: Idea, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ideas, "IDEAS_MOST", 1)
    with pytest.raises(Invalid, match="edit one of yours"):
        sprint.do(ideas.propose, "ada-l", title="Land birds", text="They walk.")
    sprint.do(ideas.take_back, "ada-l", idea_id=idea.id)
    sprint.do(ideas.propose, "ada-l", title="Land birds", text="They walk.")


def test_its_page_offers_it_to_its_author_alone(
    sprint: Sprint, idea: Idea, signed_in: Callable[[str], TestClient]
) -> None:
    page, form = f"/summer/ideas/{idea.id}", f'action="/summer/ideas/{idea.id}/take-back"'
    assert form not in signed_in("grace-h").get(page).text
    author = signed_in("ada-l")
    text = author.get(page).text
    assert form in text
    assert "1 person who asks to join it hears of it." in text
    answer = author.post(f"{page}/take-back")
    assert (answer.status_code, answer.headers["location"]) == (303, "/summer/ideas")
    assert "Your idea is taken back" in author.get("/summer/ideas").text
    assert author.get(page).status_code == 404


def test_a_program_takes_back_what_its_tokens_maker_proposed(sprint: Sprint, idea: Idea) -> None:
    def program(who: str, team: str) -> TestClient:
        formed = sprint.do(teams.form, who, name=team)
        secret = sprint.do(tokens.make_token, who, team_id=formed.id, label="tests")
        app = build_app(sprint.gallery)
        return TestClient(app, base_url=BASE_URL, headers={"Authorization": f"Bearer {secret}"})

    path = f"/api/v1/events/summer/ideas/{idea.id}"
    assert TestClient(build_app(sprint.gallery), base_url=BASE_URL).delete(path).status_code == 401
    assert program("grace-h", "Others").delete(path).status_code == 403
    author = program("ada-l", "Birds")
    assert author.delete(path).status_code == 204
    assert author.get(path).status_code == 404
    assert shown(sprint) == []
