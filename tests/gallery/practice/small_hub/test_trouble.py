"""A Hub's bad days, as a client meets them."""

import time

import httpx
import pytest

from gallery.practice.small_hub import Trouble
from tests.gallery.hub_fixtures import ServedHub


def _status(small_hub: ServedHub) -> int:
    return httpx.get(f"{small_hub.address}/api/spaces", timeout=60).status_code


def test_trouble_begins_and_ends_when_it_is_told(small_hub: ServedHub) -> None:
    small_hub.hub.trouble = Trouble.down(after=1, times=2)
    assert [_status(small_hub) for _ in range(4)] == [200, 503, 503, 200]
    small_hub.hub.trouble = Trouble.down()
    assert _status(small_hub) == 503
    small_hub.hub.trouble = None
    assert _status(small_hub) == 200


def test_limits_say_how_long_to_wait(small_hub: ServedHub) -> None:
    small_hub.hub.trouble = Trouble.too_many(30)
    answer = httpx.get(f"{small_hub.address}/api/models", timeout=60)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")


def test_only_the_named_path_is_troubled(small_hub: ServedHub) -> None:
    small_hub.hub.trouble = Trouble.nonsense(b"[]", path="/api/models")
    assert _status(small_hub) == 200
    assert httpx.get(f"{small_hub.address}/api/models/a/b", timeout=60).json() == []


def test_answers_can_be_late_or_end_in_the_middle(small_hub: ServedHub) -> None:
    small_hub.hub.trouble = Trouble(delay=0.2)
    began = time.monotonic()
    assert _status(small_hub) == 200
    assert time.monotonic() - began >= 0.2
    small_hub.hub.trouble = Trouble(drops=True)
    with pytest.raises(httpx.RemoteProtocolError):
        _status(small_hub)


def test_what_was_asked_is_written_down(small_hub: ServedHub) -> None:
    _status(small_hub)
    assert small_hub.hub.requests[-1] == ("GET", "/api/spaces")
