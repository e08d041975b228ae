"""Live: a picture with every stroke, without a press of the button."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from tests.fake_engine import FakeEngine
from tests.spaces.demo.visitor import (
    draw,
    hand_in,
    keep_seed,
    open_page,
    wait_for_phase,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
CONFIG = DemoConfig(title="Live", description="It follows.", control="canny", live=True)


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture(scope="module")
def address(served: Callable[..., str], engine: FakeEngine) -> str:
    return served(build_demo(CONFIG, engine))


def draw_line(page: Page, *, height: float) -> None:
    """A stroke from left to right, at that part of the canvas's height."""
    draw(page, (0.2, height), (0.8, height))


def address_of_picture(page: Page) -> str:
    return page.locator(".stage .shown").get_attribute("src") or ""


def test_every_stroke_paints_and_the_last_picture_alone_is_kept(
    page: Page, address: str, engine: FakeEngine
) -> None:
    open_page(page, address)
    keep_seed(page, 9)
    page.click("#tab-draw")
    page.fill("#prompt textarea", "a box")
    draw_line(page, height=0.3)
    wait_for_phase(page, "done")
    first = address_of_picture(page)
    draw_line(page, height=0.6)
    wait_until(page, lambda: address_of_picture(page) != first)
    assert {(request.seed, request.num_images) for request in engine.requests} == {(9, 1)}
    expect(page.locator(".stage .film")).to_be_hidden()
    asked = len(engine.requests)
    page.locator("#prompt textarea").press_sequentially("es")
    wait_until(page, lambda: engine.requests[-1].prompt == "a boxes")
    page.click("#make")
    wait_until(page, lambda: engine.requests[-1].preview_every > 0)
    wait_for_phase(page, "done")
    assert len(engine.requests) > asked


def test_pictures_come_while_the_pen_moves_and_the_last_has_all_steps(
    page: Page, address: str, engine: FakeEngine
) -> None:
    open_page(page, address)
    page.click("#tab-draw")
    page.fill("#prompt textarea", "a box")
    box = page.locator("#picture canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 80)
    page.mouse.down()
    asked, seen = len(engine.requests), {address_of_picture(page)}
    for x in range(50, 200, 50):
        page.mouse.move(box["x"] + x, box["y"] + 80)
        wait_until(page, lambda: address_of_picture(page) not in seen)
        seen.add(address_of_picture(page))
    assert page.locator(".stage").get_attribute("data-phase") == "following"
    assert {request.steps for request in engine.requests[asked:]} == {3}
    page.mouse.up()
    wait_for_phase(page, "done")
    assert engine.requests[-1].steps == 6


def test_a_picture_of_an_older_drawing_never_comes_after_that_of_a_newer(
    page: Page, address: str
) -> None:
    open_page(page, address)
    page.click("#tab-draw")

    def answer(route: Route) -> None:
        turn = json.loads(route.request.post_data or "")["turn"]
        told = [(turn, PIXEL), (turn - 1, PIXEL + "#older"), (turn + 1, PIXEL + "#unasked")]
        lines = [
            {"turn": turn, "stage": {"phase": "following", "previews": [url]}} for turn, url in told
        ]
        route.fulfill(body="\n".join(map(json.dumps, lines)) + "\n")

    page.route("**/live", answer)
    draw_line(page, height=0.3)
    page.fill("#prompt textarea", "a box")
    wait_for_phase(page, "following")
    page.wait_for_timeout(50)
    assert address_of_picture(page) == PIXEL


def test_stop_works_after_a_live_picture(page: Page, served: Callable[..., str]) -> None:
    engine = FakeEngine(seconds_per_step=0.1)
    open_page(page, served(build_demo(CONFIG, engine)))
    page.click("#tab-draw")
    page.fill("#prompt textarea", "a box")
    draw_line(page, height=0.3)
    wait_for_phase(page, "done")
    engine.seconds_per_step = 4.0  # long enough to be stopped on a busy machine
    cancelled, finished = engine.cancelled, engine.finished
    page.click("#make")
    wait_until(page, lambda: engine.requests[-1].preview_every > 0)
    page.click("#stop")
    expect(page.locator("#make")).to_be_visible()
    wait_until(page, lambda: engine.cancelled > cancelled and not engine.running.is_set())
    assert engine.finished == finished


def test_uploads_wait_for_the_button(
    page: Page, address: str, engine: FakeEngine, square: Path
) -> None:
    open_page(page, address)
    asked = len(engine.requests)
    hand_in(page, square)
    page.fill("#prompt textarea", "a box")
    page.wait_for_timeout(400)
    assert len(engine.requests) == asked
    page.click("#make")
    wait_for_phase(page, "done")
    assert len(engine.requests) == asked + 1


def test_live_can_be_switched_off(page: Page, address: str, engine: FakeEngine) -> None:
    open_page(page, address)
    page.fill("#prompt textarea", "a box")
    page.click("#tab-draw")
    page.click(".picture .live")
    expect(page.locator(".picture .live")).to_have_attribute("aria-pressed", "false")
    asked = len(engine.requests)
    draw_line(page, height=0.3)
    expect(page.locator(".see")).to_be_enabled()
    page.click(".picture .live")
    wait_for_phase(page, "done")
    assert len(engine.requests) == asked + 1


def test_it_is_not_offered_where_the_model_takes_its_time(
    page: Page, served: Callable[..., str]
) -> None:
    slow = DemoConfig(title="Slow", description="It waits.", control="canny", first="draw")
    open_page(page, served(build_demo(slow, FakeEngine())))
    expect(page.locator(".picture .eraser")).to_be_visible()
    expect(page.locator(".picture .live")).to_be_hidden()


def test_a_drawing_without_words_is_painted_and_the_words_are_asked_for(
    page: Page, served: Callable[..., str]
) -> None:
    engine = FakeEngine()
    open_page(page, served(build_demo(replace(CONFIG, wordless="a thing"), engine)))
    page.click("#tab-draw")
    draw_line(page, height=0.3)
    wait_for_phase(page, "done")
    assert {request.prompt for request in engine.requests} == {"a thing"}
    expect(page.locator(".stage .words")).to_contain_text("Say what it is")
    page.locator("#prompt textarea").press_sequentially("a box")
    wait_until(page, lambda: engine.requests[-1].prompt == "a box")
    expect(page.locator(".stage .words")).not_to_contain_text("Say what it is")


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_a_model_that_needs_words_asks_for_them_beside_the_drawing(
    page: Page, address: str, engine: FakeEngine, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_page(page, address)
    asked = len(engine.requests)
    page.click("#tab-draw")
    expect(page.locator(".wanting")).to_be_hidden()
    draw_line(page, height=0.3)
    expect(page.locator(".wanting")).to_be_in_viewport(ratio=1)
    expect(page.locator("#ask")).to_have_class(re.compile("wanted"))
    page.click(".wanting")
    expect(page.locator("#prompt textarea")).to_be_focused()
    page.keyboard.type("a box")
    wait_for_phase(page, "done")
    assert len(engine.requests) > asked
    expect(page.locator(".wanting")).to_be_hidden()
    expect(page.locator("#ask")).not_to_have_class(re.compile("wanted"))
