"""The fold of settings: all of it can be seen."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.spaces.demo.visitor import hand_in, open_fold, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SEEN = """(element) => new Promise((answer) => {
    new IntersectionObserver(([entry]) => answer(entry.intersectionRatio)).observe(element);
})"""
"""How much of an element is neither clipped nor outside of the window."""


def open_settings(page: Page, address: str, width: int, picture: Path) -> None:
    """With a picture, whose map's own settings are there."""
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(reduced_motion="reduce")
    open_page(page, address)
    hand_in(page, picture)
    open_fold(page)


@pytest.mark.parametrize("width", [390, 1440])
def test_each_setting_has_a_tooltip_that_is_seen_whole(
    page: Page, address: str, square: Path, width: int
) -> None:
    open_settings(page, address, width, square)
    named = page.locator("#advanced .form > .block:has(.info-text):visible")
    words = []
    for index in range(named.count()):
        block = named.nth(index)
        block.evaluate("block => block.scrollIntoView({ block: 'center' })")
        block.hover()
        tip = block.locator(".info-text")
        expect(tip).to_have_css("opacity", "1")
        assert tip.evaluate(SEEN) > 0.99, tip.text_content()
        words.append(tip.text_content())
    assert len(words) == 14
    assert "controlnet_conditioning_scale" in words


@pytest.mark.parametrize("width", [390, 1440])
def test_a_slider_s_knob_is_seen_whole_and_has_an_edge(
    page: Page, address: str, square: Path, width: int
) -> None:
    open_settings(page, address, width, square)
    sliders = page.locator("#advanced input[type=range]:visible")
    for index in range(sliders.count()):
        slider = sliders.nth(index)
        slider.evaluate("slider => slider.scrollIntoView({ block: 'center' })")
        slider.press("Home")
        slider.blur()
        page.mouse.move(0, 0)
        box = slider.bounding_box()
        middle = box["y"] + box["height"] / 2
        clip = {"x": box["x"] - 4, "y": middle - 16, "width": 24, "height": 32}
        knob = Image.open(BytesIO(page.screenshot(clip=clip))).convert("L")
        paper = knob.getpixel((0, 0))
        edge = [y for y in range(knob.height) if knob.getpixel((12, y)) < paper - 40]
        assert edge, "white on white"
        assert edge[-1] - edge[0] >= 16, "as high as it is wide"
        assert min(knob.getpixel((x, 16)) for x in range(5)) < paper - 40, "and on the left"
