"""Every field of every operation, with what does not fit it: the answer is in words for people."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from gallery.api.documentation import Schema, example
from gallery.api.router import router
from tests.gallery.api.conftest import HandedIn, Program, TeamToken

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)

WRONG = (
    *(None, True, 1.5, -1, 2**70, "", " ", "x", "x" * 30_000, "\ud800", "a\x00b", "\u202eabc"),
    *([], [None], [1], ["x"] * 50, ["x", {}], {}, {"x": 1}, "²", "1e9", "2023-13-45", "NaN"),
)
IN_ADDRESSES = ("", "x", "-1", "0", "1.5", "9" * 30, "²", "x" * 300, "true", "2023-13-45")
JARGON = re.compile(
    r"function|functools|partial|pydantic|constrained|Input|\btuple|\bdict\b|\bstr\b|\bint\b|"
    r"NoneType|\benum|None|True|False|regex|\\[ws]|\^|validat|Value error|UploadFile|parsing|Annot"
)
JSON = "application/json"
LIST = "/api/v1/events/summer/submissions"


def _document() -> Schema:
    app = FastAPI()
    app.include_router(router)
    return app.openapi()


DOCUMENT = _document()
SCHEMAS: Schema = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
WITH_JSON = [
    name
    for name, (_, _, operation) in OPERATIONS.items()
    if "application/json" in operation.get("requestBody", {}).get("content", {})
]


def named(schema: Schema) -> Schema:
    return SCHEMAS[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def fields(schema: Schema, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where something can stand in a body: names, and 0 for the first of a list."""
    schema = named(schema)
    for one in schema.get("anyOf", ()):
        yield from fields(one, above)
    for name, each in schema.get("properties", {}).items():
        yield (*above, name)
        yield from fields(each, (*above, name))
    if "items" in schema:
        yield (*above, 0)
        yield from fields(schema["items"], (*above, 0))


def whole(schema: Schema) -> Any:
    """A new value that fits."""
    return copy.deepcopy(example(schema, SCHEMAS))


def put(body: Any, place: tuple[str | int, ...], value: object, schema: Schema) -> None:
    """Sets one field of a body, with whole examples on the way to it."""
    schema = named(schema)
    part, *rest = place
    inner = schema["items"] if part == 0 else schema["properties"][part]
    inner = next((one for one in inner.get("anyOf", ()) if one.get("type") != "null"), inner)
    if part == 0 and not body:
        body.append(whole(inner))
    if not rest:
        body[part] = value
        return
    if isinstance(part, str):
        body.setdefault(part, whole(inner))
    put(body[part], tuple(rest), value, inner)


def told(error: Mapping[str, str], known: set[str], sent: object) -> None:
    """Holds one refusal to what every refusal must say."""
    message, field = error["message"], error["field"]
    assert not JARGON.search(message.replace(str(sent), "")), message
    assert field is not None, message
    assert re.sub(r"\.\d+\b", ".0", field) in known, (field, message)
    sentence, _, remedy = message.partition("; ")
    assert remedy, f"what to do is not said: {message}"
    assert re.search(r"\bgot\b|must not be empty|must be there", sentence), message
    assert len(message) < 400, message


def send(client: TestClient, method: str, path: str, body: object) -> Response:
    """JSON as programs write it, which can hold half a character."""
    written = json.dumps(body, ensure_ascii=True)
    return client.request(method, path, content=written, headers={"Content-Type": JSON})


@pytest.fixture
def client(program: Program, team_token: TeamToken, handed_in: HandedIn) -> TestClient:
    """Of a team that has handed in a demo, number 1."""
    token = team_token()
    handed_in(1, team="Deep sea")
    return program(token)


def filled(path: str, **values: object) -> str:
    known = {"event_slug": "summer", "submission_id": 1, "team_id": 1, "idea_id": 1, "number": 1}
    return path.format(**(known | values))


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_JSON)
def test_every_field_of_a_body_is_refused_in_our_words(client: TestClient, name: str) -> None:
    method, path, operation = OPERATIONS[name]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    places = list(dict.fromkeys(fields(schema)))
    known = {".".join(map(str, place)) for place in places}
    if name == "save":  # the same content as in a draft
        places = [place for place in places if len(place) == 1]
    refused = 0
    for place in places:
        for wrong in WRONG:
            body = whole(schema)
            put(body, place, wrong, schema)
            answer = send(client, method, filled(path), body)
            assert answer.status_code < 500, (place, wrong)
            if answer.status_code == 422:
                refused += 1
                told(answer.json()["error"], known, wrong)
    assert refused > 3 * len(places), "most of what is wrong is refused"


@pytest.mark.parametrize("name", WITH_JSON)
@pytest.mark.parametrize("stray", ["titel", "a b", "\ud800", "x" * 999, "a\x00"])
def test_names_that_are_not_known_are_refused_whatever_they_are(
    client: TestClient, name: str, stray: str
) -> None:
    method, path, operation = OPERATIONS[name]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    body = {**example(schema, SCHEMAS), stray: 1}  # type: ignore[dict-item]
    answer = send(client, method, filled(path), body)
    assert answer.status_code == 422
    assert "is unknown here" in answer.json()["error"]["message"]
    assert len(answer.json()["error"]["field"]) <= 60


@pytest.mark.slow
def test_every_part_of_an_address_is_refused_in_our_words(client: TestClient) -> None:
    refused = 0
    for name, (method, path, operation) in OPERATIONS.items():
        if name in ("run_checks", "wake"):
            continue  # they would ask the Hub
        parameters = operation.get("parameters", ())
        known = {each["name"] for each in parameters}
        for each in parameters:
            for wrong in IN_ADDRESSES:
                if each["in"] == "path":
                    asked = filled(path, **{each["name"]: wrong or "%20"})
                    answer = client.request(method, asked)
                else:
                    answer = client.request(method, filled(path), params={each["name"]: wrong})
                assert answer.status_code < 500
                error = answer.json()["error"] if answer.status_code == 422 else {"field": "body"}
                if error["field"] != "body":  # which is missing here, and of another test
                    refused += 1
                    told(error, known, wrong)
    assert refused > 50


def test_what_nobody_would_read_is_refused(client: TestClient) -> None:
    for method, path, sent, field in (
        ("GET", LIST, {"params": {"controls": "canny"}}, "controls"),
        ("GET", f"{LIST}/1", {"params": {"revision": "1"}}, "revision"),
        ("POST", f"{LIST}/1/withdraw", {"json": {}, "params": {"reason": "no"}}, "reason"),
        ("POST", f"{LIST}/1/checks", {"json": {"only": "space"}}, "body"),
        ("POST", f"{LIST}/1/wake", {"content": "now"}, "body"),
    ):
        answer = client.request(method, path, **sent)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field), path
    assert client.get(f"{LIST}/1").json()["state"] == "submitted"


def test_a_pictures_form_has_one_picture_and_nothing_beside_it(client: TestClient) -> None:
    one = ("picture", ("a.png", b"x", "image/png"))
    for sent, field in (
        ({"files": [one], "data": {"caption": "A fish"}}, "caption"),
        ({"files": [one, one]}, "picture"),
        ({"files": [("image", one[1])]}, "image"),
        ({"data": {"picture": "a.png"}}, "picture"),
        ({"files": [one]}, "picture"),
    ):
        answer = client.post("/api/v1/pictures", **sent)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field), sent
        assert not JARGON.search(answer.json()["error"]["message"])


def test_a_second_draft_of_a_space_is_never_said_to_be_made(client: TestClient) -> None:
    sent = {"content": {"space_id": "owner/other", "title": "One"}}
    made = client.post(LIST, json=sent)
    assert made.status_code == 201
    again = client.post(LIST, json=sent)
    assert (again.status_code, again.json()) == (200, made.json())
    assert again.headers["location"] == made.headers["location"]
    other = client.post(LIST, json={"content": {"space_id": "owner/other", "title": "Two"}})
    error = other.json()["error"]
    assert (other.status_code, error["code"]) == (409, "exists")
    assert f"submission {made.json()['id']} (draft)" in error["message"]
    assert "was not saved" in error["message"]
    assert client.get(made.headers["location"]).json()["content"]["title"] == "One"


def test_a_reason_that_is_sent_is_in_the_history(client: TestClient) -> None:
    client.post(f"{LIST}/1/withdraw", json={"reason": "The demo is broken"})
    client.post(f"{LIST}/1/come-back", json={"reason": "It works again"})
    now = client.get(f"{LIST}/1").json()
    change = {"number": now["number"], "content": now["content"] | {"title": "Better"}}
    client.put(f"{LIST}/1", json={**change, "reason": "A better title"})
    notes = [one["note"] for one in client.get(f"{LIST}/1/history").json()]
    assert {"The demo is broken", "It works again", "A better title"} <= {*notes}


def test_a_teams_text_stays_where_only_its_name_is_sent(client: TestClient) -> None:
    own = "/api/v1/events/summer/team"
    number = client.get(own).json()["number"]
    told_before = {"number": number, "name": "Deep sea", "about": "We draw fish."}
    number = client.put(own, json=told_before).json()["number"]
    renamed = client.put(own, json={"number": number, "name": "Deeper sea"}).json()
    assert (renamed["name"], renamed["about"]) == ("Deeper sea", "We draw fish.")
