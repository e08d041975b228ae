"""What a call's body must be, whichever address it comes to."""

import logging

import pytest
from fastapi.testclient import TestClient

from tests.spaces.door.told import JSON, is_sentence

BODIES = (
    b"",
    b"{",
    b"null",
    b"[]",
    b"1",
    b'"text"',
    b"\xff\xfe",
    b"[" * 100_000,
    b"{}",
    b'{"data": null}',
    b'{"data": {}}',
    b'{"data": "text"}',
    b'{"data": 1, "session_hash": "a"}',
    b'{"data": [], "session_hash": 5}',
    b'{"data": [], "session_hash": "../a"}',
    b'{"data": [], "session_hash": "a", "trigger_id": "b"}',
    b'{"data": [], "session_hash": "a", "fn_index": null}',
    b'{"data": [' + b"1," * 200 + b"1]}",
)


@pytest.mark.parametrize("path", ["call/generate", "run/info", "api/info", "queue/join", "cancel"])
@pytest.mark.parametrize("body", BODIES, ids=[repr(body[:40]) for body in BODIES])
def test_a_body_that_is_no_call_gets_a_sentence_and_one_line(
    client: TestClient, caplog: pytest.LogCaptureFixture, path: str, body: bytes
) -> None:
    with caplog.at_level(logging.INFO):
        answer = client.post(f"/gradio_api/{path}", content=body, headers=JSON)
    if answer.status_code == 200:  # an empty list is a call of /info, and the last session is none
        assert path in ("call/generate", "run/info", "api/info")
        return
    assert answer.status_code in (400, 404)
    assert is_sentence(answer.json()["error"]), answer.text
    ours = [record for record in caplog.records if record.name.startswith("spaces.")]
    assert len(ours) == 1
    assert ours[0].exc_info is None
    assert "\n" not in ours[0].getMessage()


def test_a_call_that_is_too_large_is_refused(client: TestClient) -> None:
    answer = client.post("/gradio_api/call/generate", json={"data": ["a" * 9_000_000]})
    assert answer.status_code == 413
    assert "at most 8 MB" in answer.json()["error"]
