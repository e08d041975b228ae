"""The canvas: every stroke begins where the pen is put, and every step can be taken back."""

import pytest
from playwright.sync_api import Page, expect

from tests.fake_engine import FakeEngine
from tests.spaces.demo.visitor import control_map, draw, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INK = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let dark = 0;
    for (let i = 0; i < data.length; i += 4) dark += data[i] < 128;
    return dark;
}"""
"""How many pixels of the canvas are drawn on."""
CORNERS = ((0.05, 0.05), (0.95, 0.05), (0.05, 0.95), (0.95, 0.95), (0.8, 0.8), (0.5, 0.5))


def ink(page: Page) -> int:
    return page.locator("#picture canvas").evaluate(INK)


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_corner_of_the_canvas_is_covered_with_the_map_shown_or_not(
    page: Page, address: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, address)
    page.click("#tab-draw")
    draw(page, (0.3, 0.3), (0.7, 0.3))
    expect(page.locator(".see")).to_be_enabled()
    expect(page.locator(".map")).to_be_hidden()
    for shown in (False, True):
        if shown:
            control_map(page)
        for x, y in CORNERS:
            before = ink(page)
            page.locator("#picture canvas").scroll_into_view_if_needed()
            draw(page, (x, y), (x + (0.04 if x < 0.9 else -0.04), y))
            assert ink(page) > before, f"a stroke at {x}, {y}; map shown: {shown}"


def test_the_map_is_seen_large_in_the_results_place_and_goes_at_a_press(
    page: Page, address: str
) -> None:
    open_page(page, address)
    page.click("#tab-draw")
    draw(page, (0.3, 0.3), (0.7, 0.3))
    control_map(page)
    page.click(".map-view")
    large, frame = page.locator(".stage .closer"), page.locator(".stage .frame")
    expect(large).to_be_visible()
    assert large.bounding_box() == frame.bounding_box()
    page.keyboard.press("Escape")
    expect(large).to_be_hidden()
    page.click(".map-view")
    large.click()
    expect(large).to_be_hidden()
    page.click(".see")
    expect(page.locator(".map")).to_be_hidden()


def test_a_cleared_canvas_comes_back(page: Page, address: str) -> None:
    open_page(page, address)
    page.click("#tab-draw")
    draw(page, (0.2, 0.4), (0.8, 0.4))
    draw(page, (0.2, 0.6), (0.8, 0.6))
    both = ink(page)
    page.click("#picture .clear")
    assert ink(page) == 0
    expect(page.locator(".see")).to_be_disabled()
    page.click("#picture .undo")
    assert ink(page) == both
    expect(page.locator(".see")).to_be_enabled()


def test_keys_take_steps_back_and_do_them_again(page: Page, address: str) -> None:
    open_page(page, address)
    page.click("#tab-draw")
    draw(page, (0.2, 0.4), (0.8, 0.4))
    one = ink(page)
    draw(page, (0.2, 0.6), (0.8, 0.6))
    both = ink(page)
    steps = (
        ("Control+z", one),
        ("Control+z", 0),
        ("Control+Shift+z", one),
        ("Control+y", both),
        ("Control+y", both),
        ("Meta+z", one),
    )
    for keys, wanted in steps:
        page.keyboard.press(keys)
        assert ink(page) == wanted, keys
    page.click("#picture .redo")
    assert ink(page) == both
    expect(page.locator("#picture .redo")).to_be_disabled()


def test_a_new_stroke_ends_what_could_be_done_again(page: Page, address: str) -> None:
    open_page(page, address)
    page.click("#tab-draw")
    draw(page, (0.2, 0.4), (0.8, 0.4))
    page.keyboard.press("Control+z")
    expect(page.locator("#picture .redo")).to_be_enabled()
    draw(page, (0.2, 0.6), (0.8, 0.6))
    expect(page.locator("#picture .redo")).to_be_disabled()


def test_the_same_keys_in_the_prompt_leave_the_drawing_alone(page: Page, address: str) -> None:
    open_page(page, address)
    page.click("#tab-draw")
    draw(page, (0.2, 0.4), (0.8, 0.4))
    one = ink(page)
    page.locator("#prompt textarea").press_sequentially("a box")
    page.keyboard.press("Control+z")
    assert ink(page) == one
    draw(page, (0.2, 0.6), (0.8, 0.6))
    page.keyboard.press("Control+z")
    assert ink(page) == one, "whoever draws has left the prompt"


def test_what_was_drawn_before_an_example_comes_back(
    page: Page, address: str, engine: FakeEngine
) -> None:
    open_page(page, address)
    page.click("#tab-draw")
    draw(page, (0.2, 0.4), (0.8, 0.4))
    one = ink(page)
    page.click(".tile")
    page.wait_for_function(
        f"before => ({INK})(document.querySelector('canvas')) !== before", arg=one
    )
    page.click("#picture .undo")
    assert ink(page) == one


def test_a_second_finger_does_not_tear_the_first_ones_stroke(page: Page, address: str) -> None:
    open_page(page, address)
    page.click("#tab-draw")
    page.locator("#picture canvas").evaluate(
        """canvas => {
            canvas.setPointerCapture = () => {};
            const box = canvas.getBoundingClientRect();
            const at = (kind, pointerId, x, y) => canvas.dispatchEvent(new PointerEvent(kind, {
                pointerId, bubbles: true,
                clientX: box.left + x * box.width, clientY: box.top + y * box.height,
            }));
            at("pointerdown", 1, 0.2, 0.2);
            at("pointermove", 1, 0.4, 0.2);
            at("pointerdown", 2, 0.8, 0.8);
            at("pointermove", 2, 0.8, 0.6);
            at("pointerup", 2, 0.8, 0.6);
            at("pointermove", 1, 0.6, 0.2);
            at("pointerup", 1, 0.6, 0.2);
        }"""
    )
    assert ink(page) > 0
    page.click("#picture .undo")
    assert ink(page) == 0, "one stroke, with nothing of the other finger in it"
