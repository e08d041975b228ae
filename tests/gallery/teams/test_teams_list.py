"""The list of teams: compact, searched, paged."""

from fastapi.testclient import TestClient

from gallery.pages.teams import CARDS
from gallery.teams import teams
from tests.gallery.people.conftest import Sprint


def test_it_is_searched_by_teams_and_people_and_paged(sprint: Sprint, client: TestClient) -> None:
    for number in range(CARDS + 2):
        sprint.sign_up(f"person-{number}")
        sprint.do(teams.form, f"person-{number}", name=f"École {number}")
    first = client.get("/summer/teams").text
    assert "32 teams" in first
    assert "Page 1 of 2" in first
    assert first.count('<li class="tile">') == CARDS
    assert "1 person" in client.get("/summer/teams?q=PERSON-31").text or "room for" in first
    found = client.get("/summer/teams?q=ECOLE").text
    assert 'href="/summer/teams?q=ECOLE&amp;page=2"' in found
    assert client.get("/summer/teams?q=ECOLE&page=2").text.count('<li class="tile">') == 2
    one = client.get("/summer/teams?q=person-31").text
    assert "1 team of 32" in one
    assert "No team and nobody in one is called so" in client.get("/summer/teams?q=zebra").text
