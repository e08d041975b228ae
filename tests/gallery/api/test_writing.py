"""What a team's program may do with its token."""

import io
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import LogEntry, Membership
from gallery.gallery import Gallery
from gallery.sources import records
from gallery.teams import teams
from spaces.hub.facts import SpaceFacts
from tests.gallery.api.conftest import HandedIn, Program, TeamToken
from tests.gallery.browsing.entries import entry
from tests.gallery.conftest import Clock
from tests.inference.strange_files import DAMAGED, FOREIGN, TOO_LARGE

LIST = "/api/v1/events/summer/submissions"


def content(number: int = 1, **changes: object) -> dict:
    return entry(number, **changes).model_dump(mode="json")


def picture(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(file, "PNG")
    return file.getvalue()


def test_from_a_draft_to_what_everybody_sees(
    gallery: Gallery, program: Program, team_token: TeamToken
) -> None:
    client, visitor = program(team_token()), program()
    sent = client.post("/api/v1/pictures", files={"picture": ("a.png", picture(), "image/png")})
    assert sent.status_code == 201
    sample = {"digest": sent.json()["digest"], "caption": "A fish"}
    made = client.post(
        LIST, json={"content": content(title="Fish", pictures=[sample], space_id="team-lead/fish")}
    )
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    address = made.headers["location"]
    saved = client.put(
        address,
        json={
            "number": made.json()["number"],
            "content": content(title="Red fish", space_id="team-lead/fish"),
        },
    ).json()
    assert (saved["title"], saved["state"]) == ("Red fish", "draft")
    assert visitor.get(address).status_code == 404
    handed_in = client.post(f"{address}/submit", json={"number": saved["number"]}).json()
    assert handed_in["state"] == "submitted"
    assert visitor.get(address).json()["content"]["title"] == "Red fish"
    assert [card["title"] for card in visitor.get(LIST).json()] == ["Red fish"]
    assert client.post(f"{address}/withdraw", json={}).json()["state"] == "withdrawn"
    assert visitor.get(LIST).json() == []
    assert client.post(f"{address}/come-back", json={}).json()["state"] == "submitted"
    with gallery.database.read() as session:
        assert {row.actor for row in session.query(LogEntry)} == {"team-lead"}


def test_a_save_over_somebody_elses_is_refused_and_overwrites_nothing(
    program: Program, team_token: TeamToken
) -> None:
    client = program(team_token())
    made = client.post(LIST, json={"content": content(title="One")})
    address, number = made.headers["location"], made.json()["number"]
    first = client.put(address, json={"number": number, "content": content(title="Two")})
    assert first.status_code == 200
    late = client.put(address, json={"number": number, "content": content(title="Three")})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "stale")
    assert client.get(address).json()["content"]["title"] == "Two"


def test_nobody_else_can_change_it(
    program: Program, team_token: TeamToken, handed_in: HandedIn
) -> None:
    team_token()
    theirs = handed_in(1, team="Deep sea")
    for client, status in ((program(), 401), (program(team_token("ada-l", team="Others")), 403)):
        for path, body in (
            ("/submit", {"number": 1}),
            ("/withdraw", {}),
            ("/come-back", {}),
        ):
            answer = client.post(f"{LIST}/{theirs}{path}", json=body)
            assert answer.status_code == status, path
        saved = client.put(f"{LIST}/{theirs}", json={"number": 1, "content": content()})
        assert saved.status_code == status
    assert program().post(LIST, json={"content": content(2)}).status_code == 401
    sent = program().post("/api/v1/pictures", files={"picture": ("a.png", picture())})
    assert sent.status_code == 401


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("busy")
def test_who_finds_no_room_for_a_picture_is_told_when_to_come_again(
    program: Program, team_token: TeamToken, signed_in: Callable[[str], TestClient]
) -> None:
    sent = {"picture": ("a.png", picture(), "image/png")}
    for client, path in (
        (program(team_token()), "/api/v1/pictures"),
        (signed_in("ada-l"), "/pictures"),
    ):
        answer = client.post(path, files=sent)
        assert (answer.status_code, answer.headers.get("retry-after")) == (503, "60"), path
        assert "try again in a minute" in answer.text


def test_the_leads_token_changes_what_the_team_says_of_itself(
    gallery: Gallery, program: Program, team_token: TeamToken, person: Callable[[str], Actor]
) -> None:
    own = "/api/v1/events/summer/team"
    client = program(team_token())
    before = client.get(own).json()
    change = {"number": before["number"], "name": "Deeper sea", "about": "We draw *fish*."}
    after = client.put(own, json=change).json()
    assert (after["name"], after["about"]) == ("Deeper sea", "We draw *fish*.")
    late = client.put(own, json=change)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "stale")
    assert program().put(own, json=change).status_code == 401
    lead, member = person("team-lead"), person("ada-l").account_id
    with gallery.database.write() as session:
        given = {"team_id": before["id"], "account_id": member}
        session.add(Membership(**given, event="summer", joined_at=gallery.clock()))
        session.flush()
        teams.pass_lead(Act(session, lead, gallery.clock(), gallery.current), **given)
    refused = client.put(own, json={**change, "number": after["number"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")


def test_waking_a_demo_is_for_tokens_and_for_demos_that_sleep(
    gallery: Gallery, program: Program, team_token: TeamToken, handed_in: HandedIn
) -> None:
    number, space = handed_in(1), SpaceFacts(repo_id="team-1/demo-1", stage="RUNNING")
    with gallery.database.write() as session:
        records.store(session, gallery.clock(), "space", space.repo_id, space)
    assert program().post(f"{LIST}/{number}/wake").status_code == 401
    answer = program(team_token()).post(f"{LIST}/{number}/wake")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    assert "this one is running" in answer.json()["error"]["message"]


def test_after_the_deadline_nothing_is_taken(
    program: Program, team_token: TeamToken, clock: Clock, gallery: Gallery
) -> None:
    client = program(team_token())
    clock.now = gallery.current.deadline
    answer = client.post(LIST, json={"content": content()})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "closed")


def test_what_does_not_fit_is_told_with_its_field(program: Program, team_token: TeamToken) -> None:
    client, good = program(team_token()), content()
    for body, field in (
        ({}, "content"),
        ({"content": {}}, "content.space_id"),
        ({"content": good | {"space_id": "no slash"}}, "content.space_id"),
        ({"content": good | {"title": ""}}, "content.title"),
        ({"content": good | {"price": 1}}, "content.price"),
        ({"content": good | {"thumbnail": "f" * 64}}, "pictures"),
        ({"content": good | {"video": "javascript:alert(1)"}}, "content.video"),
    ):
        answer = client.post(LIST, json=body)
        assert answer.status_code == 422, body
        assert answer.json()["error"]["field"].startswith(field)
    assert client.get("/api/v1/events/summer/team").json()["submissions"] == []


@pytest.mark.slow
def test_what_is_no_picture_is_refused_in_a_sentence(
    program: Program, team_token: TeamToken, caplog: pytest.LogCaptureFixture
) -> None:
    client = program(team_token())
    for data in (b"", picture()[:60], *(FOREIGN | DAMAGED | TOO_LARGE).values()):
        answer = client.post("/api/v1/pictures", files={"picture": ("a.png", data, "image/png")})
        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == "picture"
        assert answer.json()["error"]["message"].startswith("a picture must ")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(
    ("path", "sent", "said", "field"),
    [
        ("/1/withdraw", {}, "a JSON object was expected, got nothing", "body"),
        ("/1/come-back", {}, "a JSON object was expected, got nothing", "body"),
        ("", {"content": "{'no'}"}, "a JSON object was expected, got something else (", "body"),
        ("", {"content": "a=b", "type": "text/plain"}, "Content-Type: application/json", "body"),
        ("", {"content": "[1]"}, "a JSON object was expected, got a list", "body"),
        (
            "",
            {"content": '{"space_id": "a/b"}'},
            "“content” must be there, got an object",
            "content",
        ),
        ("", {"content": '{"content": 3}'}, "“content” must be a JSON object, got 3", "content"),
        (
            "/1/submit",
            {"content": '{"number": "x"}'},
            "“number” must be a whole number, got “x”",
            "number",
        ),
        ("/1/withdraw", {"content": '{"why": "x"}'}, "“why” is unknown here, got “x”", "why"),
    ],
)
def test_what_came_in_the_place_of_a_body_is_told(
    program: Program, team_token: TeamToken, path: str, sent: dict, said: str, field: str
) -> None:
    headers = {"Content-Type": sent.get("type", "application/json")}
    answer = program(team_token()).post(LIST + path, content=sent.get("content"), headers=headers)
    error = answer.json()["error"]
    assert answer.status_code == 422
    assert said in error["message"]
    assert error["message"].endswith("; correct it, as /api/docs shows")
    assert error["field"] == field


def test_a_title_that_nobody_sees_is_refused_at_every_door(
    program: Program, team_token: TeamToken
) -> None:
    client = program(team_token())
    made = client.post(LIST, json={"content": content()})
    blank = content(title="\u200b\u2060")
    for answer in (
        client.post(LIST, json={"content": content(2, title="\u200e")}),
        client.put(made.headers["location"], json={"number": 1, "content": blank}),
    ):
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "title")
