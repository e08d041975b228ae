"""What answers mean, before anybody reads their content."""

import pytest

from spaces.errors import HubRefused, HubUnavailable
from spaces.hub.session import Reply, told_wait


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "-3"}, None),
        ({"ratelimit": '"api";r=0;t=55'}, 55),
        ({"ratelimit": '"api";r=12;t=55'}, None),
    ],
)
def test_how_long_to_wait_is_told_by_headers(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert told_wait(headers) == seconds


@pytest.mark.parametrize(
    ("status", "headers", "content", "missing"),
    [
        (404, {"x-error-code": "RepoNotFound"}, b"", True),
        (401, {"x-error-code": "RepoNotFound"}, b"", True),
        (404, {"x-error-code": "EntryNotFound"}, b"", True),
        (401, {"x-error-message": "Invalid username or password."}, b"", True),
        (401, {"x-error-message": "Invalid credentials in Authorization header"}, b"", False),
        (403, {"x-error-code": "GatedRepo"}, b"", False),
        (404, {"x-error-code": "RevisionNotFound"}, b"", False),
        (404, {}, b'{"error":"Sorry"}', True),
        (404, {}, b"<html>a proxy</html>", False),
        (200, {}, b"{}", False),
    ],
)
def test_what_the_hub_says_is_missing_is_missing(
    status: int, headers: dict[str, str], content: bytes, missing: bool
) -> None:
    assert Reply(status, headers, content, None).is_missing is missing


def test_a_refusal_is_told_from_nonsense() -> None:
    for status in (401, 403):
        with pytest.raises(HubRefused):
            Reply(status, {}, b"", None).json()
    for reply in (Reply(404, {}, b"", None), Reply(200, {}, b"<html>", None)):
        with pytest.raises(HubUnavailable):
            reply.json()
