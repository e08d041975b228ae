"""Organisers move people between teams, and read all that came of it."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from gallery.database.tables import Team
from gallery.errors import Invalid, NotAllowed
from gallery.event.phase import PhaseKey
from gallery.organising import decisions
from gallery.teams import invitations as team_invitations
from gallery.teams import placing, teams, tokens
from gallery.web.render import sentence
from tests.gallery.conftest import Clock
from tests.gallery.people.conftest import Sprint

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def two_teams(sprint: Sprint) -> tuple[Team, Team]:
    """Ada leads Birds with kite-9 and egret, and has a token of it; mossy is alone in Trees."""
    sprint.sign_up("ada-l", "kite-9", "egret", "mossy")
    birds = sprint.do(teams.form, "ada-l", name="Birds")
    for number, name in enumerate(("kite-9", "egret"), 1):
        sprint.do(team_invitations.invite, "ada-l", team_id=birds.id, name=name)
        sprint.do(team_invitations.accept, name, invitation_id=number)
    sprint.do(tokens.make_token, "ada-l", team_id=birds.id, label="training")
    return birds, sprint.do(teams.form, "mossy", name="Trees")


def test_moving_a_lead_tells_what_becomes_of_their_team(
    signed_in: SignedIn, two_teams: tuple[Team, Team]
) -> None:
    _, trees = two_teams
    board = signed_in("organiser")
    page = board.post("/summer/organise/teams", data={"name": "ada-l", "team": str(trees.id)})
    assert page.status_code == 200
    assert (
        "In “Trees” now: ada-l. Still in “Birds”: 2, fewer than the 3 of a team. "
        "It is led by kite-9 now. It lost 1 API token; programs that used them need new ones."
    ) in page.text


def test_moving_who_is_alone_tells_that_their_team_ended(
    sprint: Sprint, two_teams: tuple[Team, Team]
) -> None:
    birds, _ = two_teams
    move = sprint.do(placing.place, "organiser", name="mossy", team_id=birds.id)
    assert move.told(sprint.event) == (
        "In “Birds” now: mossy. "
        "The team “Trees” has ended; its drafts and demos, if any, came along."
    )


def test_who_has_not_signed_up_in_time_is_let_in_first(
    sprint: Sprint, two_teams: tuple[Team, Team], clock: Clock
) -> None:
    birds, _ = two_teams
    sprint.person("late")
    clock.now = sprint.event.phase(PhaseKey.SIGN_UP).ends
    with pytest.raises(NotAllowed, match="under Sign-ups, “Let somebody in”") as refused:
        sprint.do(placing.place, "organiser", name="late", team_id=birds.id)
    assert "ask them to" not in str(refused.value)
    sprint.do(decisions.admit, "organiser", name="late")
    sprint.do(placing.place, "organiser", name="late", team_id=birds.id)


def test_no_page_makes_a_handle_begin_with_a_capital(
    sprint: Sprint, two_teams: tuple[Team, Team]
) -> None:
    birds, _ = two_teams
    sprint.person("kestrel")
    sprint.do(decisions.admit, "organiser", name="kestrel")
    invite = {"team_id": birds.id, "name": "mossy"}
    sprint.do(team_invitations.invite, "ada-l", **invite)
    for use_case, who, values in (
        (team_invitations.invite, "ada-l", invite),
        (team_invitations.invite, "ada-l", {**invite, "name": "egret"}),
        (placing.place, "organiser", {"name": "egret", "team_id": birds.id}),
        (decisions.admit, "organiser", {"name": "kestrel"}),
    ):
        with pytest.raises((Invalid, NotAllowed)) as refused:
            sprint.do(use_case, who, **values)
        said = sentence(refused.value)
        assert values["name"] in said
        assert values["name"].capitalize() not in said
