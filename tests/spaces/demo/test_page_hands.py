"""The page for fingers, for keys and for forced colours."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from tests.fake_engine import FakeEngine
from tests.spaces.demo.visitor import (
    hand_in,
    open_fold,
    open_page,
    press,
    wait_for_phase,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SMALL = """() => {
    const all = document.querySelectorAll(
        "button, a[href], [role=button], [role=tab], input, textarea, select, summary");
    const small = [];
    for (const one of all) {
        const target = one.closest("label") ?? one;
        if (!one.checkVisibility({ visibilityProperty: true })) continue;
        const { width, height } = target.getBoundingClientRect();
        if (width && (width < 40 || height < 40))
            small.push(`${one.tagName}.${one.className} ${width} × ${height}`);
    }
    return small;
}"""
"""What is smaller than a finger hits."""


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_whatever_is_pressed_is_large_enough_for_a_finger(
    page: Page, address: str, square: Path, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_page(page, address)
    open_fold(page)
    for tab in ("#tab-draw", "#tab-camera", "#tab-upload"):
        page.click(tab)
        assert page.evaluate(SMALL) == [], tab
    hand_in(page, square)
    page.click(".see")
    press(page, "a box")
    wait_for_phase(page, "done")
    press(page, "a box")
    wait_for_phase(page, "done")
    assert page.evaluate(SMALL) == []


@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_save_takes_the_keys_of_a_button(page: Page, address: str, square: Path, key: str) -> None:
    open_page(page, address)
    hand_in(page, square)
    press(page, "a box")
    wait_for_phase(page, "done")
    page.locator(".stage .save").focus()
    before = page.evaluate("scrollY")
    with page.expect_download():
        page.keyboard.press(key)
    assert page.evaluate("scrollY") == before


FRAMES = (".paper", ".stage .frame", "#ask", ".map-view")
EDGED = """(selector) => {
    const element = document.querySelector(selector);
    return ["", "::before", "::after"].some((part) => {
        const style = getComputedStyle(element, part || null);
        const there = !part || style.content !== "none";
        return there && style.borderTopStyle !== "none" && parseFloat(style.borderTopWidth) > 0;
    });
}"""


def test_forced_colours_keep_the_frames(page: Page, address: str, square: Path) -> None:
    page.emulate_media(forced_colors="active")
    open_page(page, address)
    hand_in(page, square)
    page.click(".see")
    assert [frame for frame in FRAMES if not page.evaluate(EDGED, frame)] == []


def test_the_steps_end_where_the_sampler_ends(page: Page, served: Callable[..., str]) -> None:
    engine = FakeEngine(controls=(), most_steps={"dpmpp_2m": 50})
    config = DemoConfig(title="Steps", description="It paints.")
    page.goto(served(build_demo(config, engine)))
    open_fold(page)
    steps = page.locator("#advanced input[type=range][aria-label*='Steps']")
    sampler = page.locator("#advanced input[aria-label='Sampler']")
    for name, most in (("Euler", 100), ("DPM++ 2M", 50)):
        sampler.click()
        page.get_by_role("option", name=name, exact=True).click()
        expect(steps).to_have_attribute("max", str(most))
        steps.press("End")
        expect(steps).to_have_value(str(most))
        press(page, name)
        wait_until(page, lambda most=most: [one.steps for one in engine.requests][-1:] == [most])
        wait_for_phase(page, "done")
    sampler.click()
    page.get_by_role("option", name="Euler", exact=True).click()
    expect(steps).to_have_attribute("max", "100")
    steps.press("End")
    sampler.click()
    page.get_by_role("option", name="DPM++ 2M", exact=True).click()
    expect(steps).to_have_value("50")
