"""Live drawing: one under way of each visitor, and each picture names the drawing it answers."""

import base64
import json
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from spaces.demo.config import DemoConfig
from spaces.demo.live import IN_ALL, PER_ADDRESS, Places
from spaces.demo.page import build_demo
from spaces.errors import Refused
from tests.fake_engine import FakeEngine

CONFIG = DemoConfig(title="Live", description="It follows.", control="canny", live=True)
SIDE = 64
BLANK = {
    "width": SIDE,
    "height": SIDE,
    "channels": 1,
    "data": base64.b64encode(zlib.compress(b"\xff" * SIDE * SIDE)).decode(),
}


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture(scope="module")
def address(served: Callable[..., str], engine: FakeEngine) -> str:
    return served(build_demo(CONFIG, engine)).rstrip("/")


def ask(address: str, **other: Any) -> httpx.Response:
    asked = {"session_hash": "me", "turn": 7, "fields": {"prompt": "a box"}, "drawing": BLANK}
    return httpx.post(f"{address}/live", json=asked | other, timeout=60, trust_env=False)


def test_a_drawing_that_rests_is_shown_and_then_has_a_file(
    address: str, engine: FakeEngine
) -> None:
    fields = {"prompt": "a box", "seed": 5, "new_seed": True, "steps": 8, "sampler": "Euler"}
    lines = [json.loads(line) for line in ask(address, fields=fields).text.splitlines()]
    assert [(line["turn"], line["stage"]["phase"]) for line in lines] == [
        (7, "following"),
        (7, "done"),
    ]
    assert lines[0]["stage"]["previews"][0].startswith("data:image/jpeg;base64,")
    request = engine.requests[-1]
    assert (request.seed, request.steps, request.sampler) == (5, 8, "euler")
    made = httpx.get(address + lines[1]["stage"]["pictures"][0]["file"]["url"], trust_env=False)
    assert made.headers["content-type"] == "image/png"


def test_fields_that_do_not_fit_are_as_the_page_begins(address: str, engine: FakeEngine) -> None:
    fields = {"prompt": "a box", "steps": 10**300, "sampler": "magic", "seed": -1}
    assert ask(address, fields=fields, draft=True).status_code == 200
    assert (engine.requests[-1].steps, engine.requests[-1].sampler) == (3, "dpmpp_2m")


def test_a_second_one_of_a_session_is_refused_until_the_first_is_done(
    address: str, engine: FakeEngine
) -> None:
    engine.seconds_per_step = 0.1
    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(lambda _: ask(address).status_code, range(4)))
    engine.seconds_per_step = 0.0
    assert sorted(set(answers)) == [200, 429]
    assert ask(address).status_code == 200


@pytest.mark.slow
def test_a_page_that_follows_nothing_has_no_such_address(served: Callable[..., str]) -> None:
    quiet = DemoConfig(title="Quiet", description="It waits.", control="canny")
    assert ask(served(build_demo(quiet, FakeEngine())).rstrip("/")).status_code == 404


def test_places_are_bounded_for_a_session_an_address_and_all() -> None:
    places = Places()
    leave = [places.take(f"a{number}", "8.8.8.8") for number in range(PER_ADDRESS)]
    for session, address, sentence in (
        ("a0", None, "one visitor may have 1"),
        ("b", "8.8.8.8", f"one network address may have {PER_ADDRESS}"),
    ):
        with pytest.raises(Refused, match=sentence) as refused:
            places.take(session, address)
        assert refused.value.status == 429
    leave += [places.take(f"b{number}", None) for number in range(IN_ALL - PER_ADDRESS)]
    with pytest.raises(Refused, match=f"at most {IN_ALL}"):
        places.take("c", None)
    for one in leave:
        one()
    assert places == Places()
