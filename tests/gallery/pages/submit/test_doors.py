"""Who gets in: the page, Gradio's own endpoints behind it, and the place to upload pictures."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.gallery.submissions.test_pictures import plain


def test_who_is_not_signed_in_signs_in_first_and_comes_back(client: TestClient) -> None:
    answer = client.get("/submit?event=summer&submission=3")
    assert answer.status_code == 303
    there = "/sign-in?next=%2Fsubmit%3Fevent%3Dsummer%26submission%3D3"
    assert answer.headers["location"] == there
    answer = client.get("/submit/?event=summer")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/submit")


INNER = (
    ("GET", "/submit/config"),
    ("GET", "/submit/gradio_api/info"),
    ("POST", "/submit/gradio_api/queue/join"),
    ("POST", "/submit/gradio_api/upload"),
    ("GET", "/submit/gradio_api/file=/etc/passwd"),
    ("GET", "/submit/monitoring"),
)


@pytest.mark.slow
def test_gradios_own_endpoints_are_for_people_who_signed_in(client: TestClient) -> None:
    for method, path in INNER:
        answer = client.request(method, path, json={} if method == "POST" else None)
        assert answer.status_code in (401, 403, 404, 422), path
        assert "root:" not in answer.text


@pytest.mark.slow
def test_gradios_own_endpoints_name_none_and_give_no_files(
    signed_in: Callable[[str], TestClient],
) -> None:
    ada = signed_in("ada-l")
    assert ada.get("/submit/").status_code == 200
    told = ada.get("/submit/gradio_api/info").json()
    assert told == {"named_endpoints": {}, "unnamed_endpoints": {}}
    assert ada.get("/submit/gradio_api/file=/etc/passwd").status_code == 404
    assert ada.get("/submit/monitoring").status_code in (403, 404)
    call = {"fn_index": 0, "data": [], "session_hash": "x"}
    elsewhere = {"Origin": "https://elsewhere.example"}
    answer = ada.post("/submit/gradio_api/queue/join", json=call, headers=elsewhere)
    assert answer.status_code == 403


def test_a_picture_is_handed_in_and_served_for_good(
    signed_in: Callable[[str], TestClient], client: TestClient
) -> None:
    ada = signed_in("ada-l")
    answer = ada.post("/pictures", files={"picture": ("a.png", plain(1200, 800))})
    assert answer.status_code == 201
    digest = answer.json()["digest"]
    for path in (f"/pictures/{digest}.webp", f"/pictures/{digest}/480.webp"):
        shown = client.get(path)
        assert shown.status_code == 200
        assert shown.headers["content-type"] == "image/webp"
        assert "immutable" in shown.headers["cache-control"]
    assert client.get(f"/pictures/{digest}/481.webp").status_code == 404
    assert client.get("/pictures/..%2F..%2Fgallery.db.webp").status_code == 404


def test_false_pictures_and_strangers_are_refused_in_a_sentence(
    signed_in: Callable[[str], TestClient], client: TestClient
) -> None:
    accept = {"Accept": "application/json"}
    stranger = client.post("/pictures", files={"picture": ("a.png", plain())}, headers=accept)
    assert stranger.json()["error"]["code"] == "not_signed_in"
    false = {"picture": ("a.png", b"<svg onload=alert(1)>")}
    answer = signed_in("ada-l").post("/pictures", files=false, headers=accept)
    assert answer.status_code == 422
    assert "PNG, JPEG, WebP or GIF" in answer.json()["error"]["message"]
