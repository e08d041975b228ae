"""The front page, its errors and its guard."""

from collections.abc import Callable

from fastapi.testclient import TestClient


def test_the_front_page_names_the_event_and_the_days_left(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "Summer sprint" in page.text
    assert "5 days left" in page.text


def test_a_signed_in_person_sees_their_name(signed_in: Callable[[str], TestClient]) -> None:
    assert "ada-l" in signed_in("ada-l").get("/").text


def test_only_organisers_see_the_way_to_the_board(
    signed_in: Callable[[str], TestClient], client: TestClient
) -> None:
    assert "/summer/organise" in signed_in("organiser").get("/summer").text
    assert "/summer/organise" not in client.get("/summer").text


def test_an_unknown_address_gets_a_sentence_on_a_page_and_json_for_programs(
    client: TestClient,
) -> None:
    page = client.get("/winter")
    assert page.status_code == 404
    assert "No event is called" in page.text
    answer = client.get("/api/nothing", headers={"Accept": "*/*"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_a_write_from_another_site_is_refused(client: TestClient) -> None:
    answer = client.post("/sign-out", headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "cross_site"


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(client: TestClient) -> None:
    answer = client.post("/sign-out", headers={"Content-Length": str(10**12)}, content=b"x")
    assert answer.status_code == 413
    assert "at most 24 MB" in answer.json()["error"]["message"]


def test_link_checkers_may_ask_for_the_head_alone(client: TestClient) -> None:
    assert client.head("/").status_code == 200
