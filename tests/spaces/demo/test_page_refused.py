"""The page says where it matters why the door refused what it asked for."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from spaces.demo.config import DemoConfig
from spaces.demo.page import Demo, build_demo
from tests.fake_engine import FakeEngine
from tests.spaces.demo.test_queueing import mounted
from tests.spaces.demo.visitor import (
    draw,
    hand_in,
    open_fold,
    open_page,
    press,
    wait_for_phase,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GONE = "Picture must be a file that was uploaded here and is still kept"


@pytest.fixture
def demo() -> Demo:
    config = DemoConfig(title="Test", description="A test.", control="canny", live=True)
    return build_demo(config, FakeEngine())


@pytest.fixture(params=["launched", "mounted"])
def address(
    request: pytest.FixtureRequest, page: Page, served: Callable[..., str], demo: Demo
) -> Iterator[str]:
    """The page leaves before its server ends, which it would report as an error."""
    with contextlib.ExitStack() as stack:
        is_launched = request.param == "launched"
        yield served(demo) if is_launched else stack.enter_context(mounted(demo))
        page.goto("about:blank")


def lose_files(demo: Demo) -> None:
    for path in demo.files.folder.rglob("*.png"):
        path.unlink()


def test_a_picture_that_is_not_kept_any_more_is_asked_for_in_the_result_s_place(
    page: Page, address: str, demo: Demo, square: Path
) -> None:
    open_page(page, address)
    hand_in(page, square)
    lose_files(demo)
    press(page, "a box")
    wait_for_phase(page, "failed")
    expect(page.locator(".stage .words")).to_contain_text(GONE)
    expect(page.locator("#make")).to_be_visible()
    expect(page.locator(".toast-body")).to_have_count(0)
    hand_in(page, square)
    page.click("#make")
    wait_for_phase(page, "done")


def test_so_is_one_that_is_to_be_read_anew_and_a_drawing_is_followed_without_any(
    page: Page, address: str, demo: Demo, square: Path
) -> None:
    open_page(page, address)
    hand_in(page, square)
    open_fold(page)
    lose_files(demo)
    page.click("#field-reading input")
    page.get_by_role("option", name="Already a control map").click()
    expect(page.locator(".picture .problem")).to_contain_text(GONE)
    page.click("[role=tab][data-origin=draw]")
    draw(page, (0.2, 0.5), (0.8, 0.5))
    expect(page.locator(".picture .problem")).to_be_hidden()
    expect(page.locator(".see")).to_be_enabled()
    lose_files(demo)
    page.fill("#prompt textarea", "a box")
    wait_for_phase(page, "done")
    expect(page.locator(".toast-body")).to_have_count(0)


def test_of_two_that_are_refused_together_both_say_why(
    page: Page, address: str, demo: Demo
) -> None:
    open_page(page, address)
    page.click("[role=tab][data-origin=draw]")
    draw(page, (0.2, 0.5), (0.8, 0.5))
    expect(page.locator(".see")).to_be_enabled()
    lose_files(demo)
    page.fill("#prompt textarea", "a box")  # which a picture follows
    page.click("#make")
    wait_for_phase(page, "failed")
    expect(page.locator(".stage .words")).to_contain_text(GONE)


def test_a_picture_that_is_not_taken_now_is_sent_again(
    page: Page, served: Callable[..., str], demo: Demo, square: Path
) -> None:
    visitor = page.context.new_page()  # whose console tells of the refusal
    open_page(visitor, served(demo))
    asked: list[str] = []

    def refuse_once(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 1:
            route.continue_()
        else:
            route.fulfill(status=503, json={"error": "too many; try again", "detail": "too many"})

    visitor.route("**/upload*", refuse_once)
    visitor.set_input_files("#picture input[type=file]", square)
    expect(visitor.locator(".picture .problem")).to_contain_text("It is sent again")
    expect(visitor.locator(".see")).to_be_enabled()
    expect(visitor.locator(".picture .problem")).to_be_hidden()


def test_one_that_could_not_be_sent_never_takes_the_place_of_a_newer_one(
    page: Page, served: Callable[..., str], demo: Demo, square: Path, tmp_path: Path
) -> None:
    visitor = page.context.new_page()
    open_page(visitor, served(demo))
    held: list[Route] = []
    visitor.route("**/upload*", lambda route: held.append(route))
    newer = shutil.copy(square, tmp_path / "newer.png")
    for picture in (square, newer):
        before = len(held)
        visitor.set_input_files("#picture input[type=file]", picture)
        wait_until(visitor, lambda before=before: len(held) > before)
    held[1].continue_()
    expect(visitor.locator(".see")).to_be_enabled()
    held[0].fulfill(status=503, json={"detail": "too many"})
    visitor.unroute("**/upload*")
    visitor.click("#tab-draw")
    visitor.click("#tab-upload")  # which sends what was left unsent
    expect(visitor.locator(".picture .problem")).to_be_hidden()
    press(visitor, "a box")
    wait_for_phase(visitor, "done")
    kept = {path.name for path in demo.files.folder.rglob("*.png")}  # the one made is there too
    assert kept & {square.name, "newer.png"} == {"newer.png"}
