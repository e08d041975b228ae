"""Headers of every answer, and errors of Gradio's in the shape of ours."""

import json

import pytest
from fastapi.testclient import TestClient

from spaces.door.answers import BROKEN, as_ours


def test_every_answer_says_what_it_is_and_is_secure_where_the_site_is(client: TestClient) -> None:
    for path in ("/", "/config", "/theme.css", "/nothing", "/gradio_api/file=nothing"):
        answer = client.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert "strict-transport-security" not in answer.headers, path
        secure = client.get(path, headers={"X-Forwarded-Proto": "https"})
        assert secure.headers["strict-transport-security"] == "max-age=31536000", path


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (422, b'{"detail": [{"loc": ["body", "data"], "msg": "none"}]}', "body.data must be as"),
        (404, b'{"detail": "Not Found"}', "Not Found"),
        (400, b"no JSON", "this cannot be asked for in this way; see the API"),
        (500, b"{}", BROKEN),
    ],
)
def test_an_error_of_gradio_s_is_a_sentence_in_our_shape(
    status: int, body: bytes, told: str
) -> None:
    kept, content = as_ours(body, status)
    answer = json.loads(content)
    assert kept == status
    assert answer["error"] == answer["detail"]
    assert answer["error"].startswith(told)


def test_an_error_that_we_raised_is_not_gradio_s_fault() -> None:
    assert as_ours(b'{"error": "a seed must be whole"}', 500)[0] == 400
