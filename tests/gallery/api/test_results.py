"""The result over the API: nothing before it is published, then what its page says."""

import pytest
from fastapi.testclient import TestClient

from gallery.judging import ballots, judgings, results
from gallery.judging.ballots import Said
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from tests.gallery.judging.conftest import Jury, event, jury

__all__ = ["event", "jury"]
ADDRESS = "/api/v1/events/summer/results"


@pytest.fixture
def judged(jury: Jury) -> Jury:
    """All is scored, the first demo best, and judging is closed."""
    for name in ("juror", "jo-2"):
        for place, demo in enumerate(jury.demos):
            said = Said({"craft": 5 - place, "idea": 9 - 3 * place})
            jury(ballots.finish, name, submission_id=demo, number=0, said=said)
    jury(judgings.close, "organiser", reason="all is in")
    return jury


def test_before_it_is_published_the_address_is_as_one_that_does_not_exist(
    judged: Jury, client: TestClient
) -> None:
    asked, nowhere = client.get(ADDRESS), client.get(f"{ADDRESS}-of-nobody")
    assert (asked.status_code, asked.content) == (404, nowhere.content)
    assert asked.headers == nowhere.headers


@pytest.mark.slow
def test_what_is_published_is_told_as_on_its_page(judged: Jury, client: TestClient) -> None:
    judged(results.publish, "organiser")
    told = client.get(ADDRESS).json()
    assert [one["submission"]["id"] for one in told["podium"]] == judged.demos
    assert [one["place"] for one in told["podium"]] == [1, 2, 3]
    assert (told["demos"], told["looks"], told["reason"]) == (3, 6, "")
    page = client.get("/summer/results").text
    for one in told["podium"]:
        assert one["submission"]["title"] in page
        assert f"{round(100 * one['submission']['podium'])} %" in page
        assert client.get(one["submission"]["url"]).status_code == 200


@pytest.mark.slow
def test_who_is_not_shown_any_more_keeps_the_place_and_loses_the_name(
    judged: Jury, client: TestClient
) -> None:
    judged(results.publish, "organiser")
    gone = {"subject": Subject.SUBMISSION, "subject_id": judged.demos[1]}
    judged(moderation.hide, "organiser", **gone, reason="it is stolen")
    told = client.get(ADDRESS).json()["podium"]
    assert [one["submission"] is None for one in told] == [False, True, False]


def test_the_api_s_document_describes_it(client: TestClient) -> None:
    document = client.get("/api/openapi.json").json()
    described = document["paths"]["/api/v1/events/{event_slug}/results"]["get"]
    assert described["operationId"] == "event_results"
    assert "ResultAnswer" in str(described["responses"]["200"])
