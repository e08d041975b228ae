"""The page on screens of several widths, for keyboards, fingers and screen readers."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from spaces.demo.config import DemoConfig
from spaces.demo.languages import LANGUAGES
from spaces.demo.page import build_demo
from tests.fake_engine import FakeEngine
from tests.spaces.demo.visitor import draw, hand_in, open_fold, open_page, press, wait_for_phase

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("width", [320, 390, 820, 1120, 1440])
def test_nothing_stands_over_the_edge(
    page: Page,
    address: str,
    square: Path,
    width: int,
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_page(page, address)
    hand_in(page, square)
    page.click(".see")
    open_fold(page)
    assert page.locator(".map").bounding_box()["x"] >= 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_button_of_the_map_stands_beside_the_tabs_in_every_language(
    browser: Browser, address: str, locale: str
) -> None:
    context = browser.new_context(locale=locale)
    page = context.new_page()
    open_page(page, address)
    for width in (390, 700, 701, 820, 1120):
        page.set_viewport_size({"width": width, "height": 844})
        camera, see = (page.locator(part).bounding_box() for part in ("#tab-camera", ".see"))
        assert camera["x"] + camera["width"] <= see["x"], width
    context.close()


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_where_no_picture_is_handed_in_the_result_stands_in_the_middle(
    page: Page, served: Callable[..., str], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    words = DemoConfig(title="Words", description="It paints words.")
    open_page(page, served(build_demo(words, FakeEngine(controls=()))), takes_pictures=False)
    frame = page.locator(".stage .frame").bounding_box()
    assert frame is not None
    assert abs(frame["x"] + frame["width"] / 2 - width / 2) <= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_result_words_and_canvas_are_in_view_while_a_finger_draws(
    page: Page,
    address: str,
) -> None:
    page.set_viewport_size({"width": 390, "height": 664})
    open_page(page, address)
    page.click("#tab-draw")
    draw(page, (0.2, 0.5), (0.8, 0.5))
    together = [".stage .frame", "#prompt", "#make", ".tabs", "#picture canvas", ".undo"]
    for part in together:
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    tops = [page.locator(part).bounding_box()["y"] for part in together]
    assert tops == sorted(tops), "the result above, the words between, the canvas below"
    press(page, "a box")
    wait_for_phase(page, "done")


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
@pytest.mark.parametrize("size", [(390, 844), (1440, 500)])
def test_the_page_goes_to_the_picture_when_it_changes_out_of_sight(
    page: Page,
    address: str,
    size: tuple[int, int],
    motion: Literal["reduce", "no-preference"],
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(reduced_motion=motion)
    open_page(page, address)
    frame = page.locator(".stage .frame")
    open_fold(page)
    page.locator(".tile").evaluate("tile => tile.scrollIntoView({ behavior: 'instant' })")
    expect(frame).not_to_be_in_viewport()
    page.click(".tile")
    expect(frame).to_be_in_viewport(ratio=1)
    wait_for_phase(page, "done")
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    expect(frame).not_to_be_in_viewport()
    page.locator("#make").evaluate("button => button.click()")
    expect(frame).to_be_in_viewport(ratio=1)
    wait_for_phase(page, "done")
    page.evaluate(
        """() => {
            const { top, height } = document.querySelector(".stage .frame").getBoundingClientRect();
            scrollTo({ top: scrollY + top + 0.3 * height, behavior: "instant" });
        }"""
    )
    expect(frame).not_to_be_in_viewport(ratio=0.8)
    page.locator("#make").evaluate("button => button.click()")
    expect(frame).to_be_in_viewport(ratio=1)
    wait_for_phase(page, "done")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_accessible(
    page: Page, address: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    open_page(page, address)
    assert Axe().run(page).violations_count == 0
    open_fold(page)
    page.click(".tile")
    wait_for_phase(page, "done")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_the_fonts_are_those_of_the_product(page: Page, address: str) -> None:
    open_page(page, address)
    page.wait_for_function("document.fonts.ready.then(() => true)")
    loaded = page.evaluate(
        "[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)"
    )
    assert {name.strip("'\"") for name in loaded} >= {"Hanken Grotesk", "Newsreader"}
