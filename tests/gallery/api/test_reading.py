"""What everybody may read through the API."""

import json
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from gallery.act import Act
from gallery.actor import Actor
from gallery.api.documentation import operations
from gallery.database.tables import CheckRun, Pin, Submission
from gallery.gallery import Gallery
from gallery.sources import health, records
from gallery.sources.health import Look, State
from gallery.teams import ideas, join_requests, sign_ups
from spaces.hub.facts import ModelFacts
from tests.gallery.api.conftest import HandedIn, Program, TeamToken
from tests.gallery.conftest import Clock

EVENT = "/api/v1/events/summer"
LIST = f"{EVENT}/submissions"


def links(answer) -> dict[str, str]:
    return {link["rel"]: link["url"] for link in answer.links.values()}


def test_submissions_are_searched_and_paged_by_links(program: Program, handed_in: HandedIn) -> None:
    for number in range(5):
        handed_in(number, title=f"Fish {number}", tags=("sea",))
    handed_in(9, title="Cat", tags=("land",))
    client = program()
    asked = {"q": "fish", "tag": "sea", "sort": "title", "per_page": "2"}
    answer = client.get(LIST, params=asked)
    titles, pages = [], 1
    while True:
        assert answer.status_code == 200
        assert answer.headers["x-total-count"] == "5"
        titles += [card["title"] for card in answer.json()]
        if "next" not in links(answer):
            break
        answer = client.get(links(answer)["next"])
        pages += 1
    assert titles == [f"Fish {number}" for number in range(5)]
    assert pages == 3
    assert links(answer)["first"].startswith("http://127.0.0.1:7861/api/v1/events/summer/")


def test_one_submission_has_its_content_pictures_revisions_and_checks(
    gallery: Gallery, program: Program, handed_in: HandedIn
) -> None:
    number = handed_in(1, title="Fish")
    check = {"name": "tag", "title": "Carries the tag", "outcome": "pass"}
    with gallery.database.write() as session:
        results = [{**check, "message": "It does.", "remedy": ""}]
        session.add(CheckRun(submission_id=number, at=gallery.clock(), results=results))
    client = program()
    one = client.get(f"{LIST}/{number}").json()
    assert one["content"]["title"] == "Fish"
    assert one["url"] == f"http://127.0.0.1:7861/summer/submissions/{number}"
    assert one["health"]["state"] == "unknown"
    assert client.get(f"{LIST}/{number}/pictures").json() == []
    assert client.get(f"{LIST}/{number}/checks").json()["results"][0]["title"] == check["title"]
    assert [each["number"] for each in client.get(f"{LIST}/{number}/revisions").json()] == [1]
    assert client.get(f"{LIST}/{number}/revisions/1").json() == one["content"]


def test_events_and_teams_are_there_without_who_organises_them(
    program: Program, handed_in: HandedIn, person
) -> None:
    handed_in(1, team="Deep sea", members=(person("team-lead").account_id,))
    client = program()
    event = client.get(EVENT).json()
    assert event["deadline"] == "2026-06-20T12:00:00Z"
    assert "organisers" not in event
    assert [each["slug"] for each in client.get("/api/v1/events").json()] == ["summer"]
    team = client.get(f"{EVENT}/teams").json()[0]
    assert team["name"] == "Deep sea"
    assert len(client.get(f"{EVENT}/teams/{team['id']}").json()["submissions"]) == 1


def test_everything_on_a_submissions_page_is_there(
    gallery: Gallery, program: Program, handed_in: HandedIn, clock: Clock
) -> None:
    number, near = handed_in(1, tags=("sea",)), handed_in(2, tags=("sea",))
    space = "team-1/demo-1"
    now = clock.now = gallery.current.deadline
    model = ModelFacts(repo_id="team-1/controlnet", license="openrail", card="A model.")
    with gallery.database.write() as session:
        records.store(session, now, "model", model.repo_id, model)
        health.record_look(session, now, space, Look(State.LIVE, "RUNNING", 1.5))
        pin = {"submission_id": number, "revision_number": 1, "pinned_at": now, "deadline": now}
        session.add(Pin(repo_type="space", repo_id=space, commit="a" * 40, **pin))
        drifted = {"drifted_to": "deleted", "drifted_at": now}
        session.add(Pin(repo_type="model", repo_id=model.repo_id, commit=None, **pin, **drifted))
    client = program()
    one = client.get(f"{LIST}/{number}").json()
    assert one["models"][0]["license"] == "openrail"
    assert one["models"][0]["card"]["is_complete"] is False
    assert one["datasets"][0]["card"] is None
    assert one["health"]["days"] == [
        {"day": "2026-06-20", "looks": 1, "answered": 1.0, "seconds": 1.5}
    ]
    assert [(pin["commit"], pin["drifted_to"]) for pin in one["pins"]] == [
        ("a" * 40, None),
        (None, "deleted"),
    ]
    assert one["changed_since_deadline"] == [model.repo_id]
    assert [each["id"] for each in client.get(f"{LIST}/{number}/related").json()] == [near]
    assert [each["verb"] for each in client.get(f"{LIST}/{number}/history").json()] == ["saved"]


def test_ideas_are_there_with_what_is_said_about_them(
    gallery: Gallery, program: Program, person: Callable[[str], Actor]
) -> None:
    ada, bob, now, event = person("ada-l"), person("bob-k"), gallery.clock(), gallery.current
    with gallery.database.write() as session:
        for one in (ada, bob):
            sign_ups.sign_up(Act(session, one, now, event), about="")
        made = ideas.propose(Act(session, ada, now, event), title="Birds", text="In *ink*.")
        ideas.comment(Act(session, bob, now, event), idea_id=made.id, text="Owls first.")
        join_requests.ask(Act(session, bob, now, event), idea_id=made.id, message="Me, please")
        hidden = ideas.propose(Act(session, bob, now, event), title="Spam", text="Buy.")
        hidden.hidden_at = now
    client = program()
    listed = client.get(f"{EVENT}/ideas").json()
    assert [(each["title"], each["comments"], each["team_id"]) for each in listed] == [
        ("Birds", 1, None)
    ]
    one = client.get(f"{EVENT}/ideas/{made.id}")
    assert one.json()["comments"][0]["text"] == "Owls first."
    assert "Me, please" not in one.text
    assert client.get(f"{EVENT}/ideas/{hidden.id}").status_code == 404


@pytest.mark.slow
def test_drafts_are_for_their_own_team_alone(
    gallery: Gallery,
    program: Program,
    handed_in: HandedIn,
    team_token: TeamToken,
) -> None:
    mine, other = team_token(), team_token("ada-l", team="Others")
    draft = handed_in(1, state="draft", team="Deep sea")
    hidden = handed_in(2)
    with gallery.database.write() as session:
        session.get_one(Submission, hidden).hidden_at = gallery.clock()
    for path in ("", "/pictures", "/checks", "/related", "/history", "/revisions", "/revisions/1"):
        assert program(mine).get(f"{LIST}/{draft}{path}").status_code == 200, path
        for stranger in (program(), program(other)):
            assert stranger.get(f"{LIST}/{draft}{path}").status_code == 404, path
            assert stranger.get(f"{LIST}/{hidden}{path}").status_code == 404, path
    own = program(mine).get(f"{EVENT}/team").json()
    assert [each["state"] for each in own["submissions"]] == ["draft"]
    assert program().get(f"{EVENT}/team").status_code == 401


def test_errors_have_one_shape(program: Program) -> None:
    client = program()
    for path, status, code in (
        ("/api/v1/events/winter", 404, "not_found"),
        (f"{LIST}/7", 404, "not_found"),
        (f"{LIST}/x", 422, "invalid"),
        (f"{LIST}?sort=price", 422, "invalid"),
        (f"{LIST}?page=0", 422, "invalid"),
        (f"{LIST}/{2**40}", 422, "invalid"),
        ("/api/v1/nothing", 404, "not_found"),
    ):
        answer = client.get(path)
        assert answer.status_code == status, path
        assert answer.json()["error"]["code"] == code
        assert set(answer.json()["error"]) == {"code", "message", "field"}
    assert program("sprint_forged").get(LIST + "/7").status_code == 401


def test_other_sites_pages_may_read_what_is_public_and_no_more(
    program: Program, team_token: TeamToken
) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    client = program()
    assert client.get(LIST, headers=origin).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in client.get(LIST, headers=origin).headers
    with_token = program(team_token())
    for answer in (
        with_token.get(f"{EVENT}/team", headers=origin),
        with_token.post(LIST, headers=origin, json={}),
        client.options(LIST, headers={**origin, "Access-Control-Request-Method": "POST"}),
        client.get("/summer", headers=origin),
    ):
        assert "access-control-allow-origin" not in answer.headers


def test_a_cookie_means_nothing_to_the_api(signed_in, handed_in: HandedIn, person) -> None:
    lead = person("team-lead").account_id
    draft = handed_in(1, state="draft", members=(lead,))
    browser: TestClient = signed_in("team-lead")
    assert browser.get(f"/summer/submissions/{draft}").status_code == 200
    assert browser.get(f"{LIST}/{draft}").status_code == 404
    assert browser.post(f"{LIST}/{draft}/withdraw", json={}).status_code == 404


def test_the_page_about_the_api_shows_every_operation_and_loads_nothing_from_elsewhere(
    program: Program,
) -> None:
    client = program()
    page = client.get("/api/docs", headers={"Accept": "text/html"}).text
    document = client.get("/api/openapi.json").json()
    assert all(path.startswith("/api/v1/") for path in document["paths"])
    for path in document["paths"]:
        assert path in page
    assert 'src="http' not in page


def test_the_page_about_the_api_shows_what_each_writing_operation_takes(program: Program) -> None:
    page = program().get("/api/docs", headers={"Accept": "text/html"}).text
    document = program().get("/api/openapi.json").json()
    writing = [one for _, one in operations(document) if one.method in ("POST", "PUT")]
    assert len(writing) > 6
    for one in writing:
        assert one.fields or one.name in ("run_checks", "wake", "check_claim"), one.name
        section = page[page.index(f'id="{one.name}"') :]
        section = section[: section.index("</details>")]
        for field in one.fields:
            assert f"<code>{field.name}</code>" in section
    (draft,) = (one for one in writing if one.name == "create_draft")
    assert json.loads(draft.body) == {
        "content": {"space_id": "owner/name", "title": "Sketch to photo"}
    }
    assert [one.name for one in draft.fields if one.must_be_there] == [
        "content.space_id",
        "content.title",
    ]
    assert "team’s name and text when its lead made it" in page
    assert "<pre>" not in page, "what scrolls must be reachable by keys"
