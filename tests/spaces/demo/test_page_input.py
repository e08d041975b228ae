"""Ways to hand in a picture, and what is said to those that cannot be used."""

import base64
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from tests.fake_engine import FakeEngine
from tests.spaces.demo.visitor import (
    control_map,
    draw,
    hand_in,
    open_page,
    press,
    wait_for_phase,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_what_is_drawn_becomes_the_line_in_the_map(page: Page, address: str) -> None:
    open_page(page, address)
    page.click("#tab-draw")
    draw(page, (0.2, 0.5), (0.8, 0.5))
    drawn = control_map(page)
    left, top, right, bottom = drawn.getbbox()
    assert bottom - top == 1, "one line, not the two edges of the pen"
    assert abs(left - 13) <= 2
    assert abs(right - 51) <= 2
    page.click("#picture .undo")
    expect(page.locator(".map")).to_be_hidden()
    expect(page.locator(".see")).to_be_disabled()


@pytest.mark.parametrize("way", ["draw", "upload"])
def test_make_it_waits_for_a_picture_that_is_on_its_way(
    page: Page, address: str, square: Path, way: str
) -> None:
    held: list[Route] = []
    page.route("**/gradio_api/upload*", lambda route: held.append(route))
    open_page(page, address)
    if way == "draw":
        page.click("#tab-draw")
        draw(page, (0.2, 0.5), (0.8, 0.5))
    else:
        page.set_input_files("#picture input[type=file]", square)
    press(page, "a box")
    wait_until(page, lambda: len(held) == 1)
    wait_for_phase(page, "waiting")
    held[0].continue_()
    wait_for_phase(page, "done")


def test_a_press_that_was_stopped_asks_for_nothing_when_its_picture_arrives(
    page: Page, address: str, square: Path
) -> None:
    held: list[Route] = []
    asked: list[str] = []
    page.route("**/gradio_api/upload*", lambda route: held.append(route))
    open_page(page, address)
    page.set_input_files("#picture input[type=file]", square)
    press(page, "a box")
    wait_until(page, lambda: len(held) == 1)
    page.click("#stop")
    wait_for_phase(page, "stopped")
    page.on("request", lambda request: asked.append(request.post_data or ""))
    held[0].continue_()
    expect(page.locator(".see")).to_be_enabled()
    page.wait_for_timeout(500)
    assert not [body for body in asked if "a box" in body]


def test_a_picture_can_be_pasted(page: Page, address: str, square: Path) -> None:
    open_page(page, address)
    page.evaluate(
        """async (encoded) => {
            const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
            document.body.dispatchEvent(
                new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        base64.b64encode(square.read_bytes()).decode(),
    )
    expect(page.locator(".see")).to_be_enabled()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(page: Page, address: str) -> None:
    open_page(page, address)
    large = {"name": "large.png", "mimeType": "image/png", "buffer": bytes(21_000_000)}
    page.set_input_files("#picture input[type=file]", large)
    expect(page.locator(".picture .problem")).to_have_text(
        "This file has 21 MB, and at most 20 MB can be read. Make it smaller first."
    )
    expect(page.locator(".chosen")).to_be_hidden()


def test_the_camera_takes_a_photo(page: Page, address: str) -> None:
    open_page(page, address)
    page.click("#tab-camera")
    page.click("#picture .take:not([disabled])")
    expect(page.locator(".see")).to_be_enabled()
    expect(page.locator("#picture .taken")).to_be_visible()


def half_a_photo() -> bytes:
    stream = BytesIO()
    Image.effect_noise((200, 200), 60).save(stream, "JPEG")
    return stream.getvalue()[:4000]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"this is no picture", "choose a PNG, JPEG, WebP or GIF file"),
        (b"", "choose a PNG, JPEG, WebP or GIF file"),
        (half_a_photo(), "choose another PNG, JPEG, WebP or GIF file, or save it again"),
    ],
)
def test_a_file_that_cannot_be_used_is_taken_away_and_gets_its_sentence(
    page: Page,
    address: str,
    square: Path,
    tmp_path: Path,
    content: bytes,
    words: str,
    width: int,
) -> None:
    (tmp_path / "file.jpg").write_bytes(content)
    page.set_viewport_size({"width": width, "height": 844})
    open_page(page, address)
    page.set_input_files("#picture input[type=file]", tmp_path / "file.jpg")
    problem = page.locator(".paper .problem")
    expect(problem).to_have_text(f"This picture cannot be used: {words}.")
    expect(problem).to_be_in_viewport(ratio=1)
    expect(problem).to_have_css("padding-left", "16px")
    expect(page.locator(".chosen")).to_be_hidden()
    expect(page.locator(".remove")).to_be_disabled()
    hand_in(page, square)
    expect(problem).to_be_hidden()


def test_what_was_wrong_is_forgotten_with_the_next_word_or_picture(
    page: Page, address: str, square: Path
) -> None:
    open_page(page, address)
    words = page.locator(".stage .words")

    def fail() -> None:
        page.click("#make")
        wait_for_phase(page, "failed")
        expect(words).not_to_be_empty()

    fail()
    page.fill("#prompt textarea", "a")
    expect(words).to_be_empty()
    fail()
    hand_in(page, square)
    expect(words).to_be_empty()
    page.fill("#prompt textarea", "")
    fail()
    page.click(".tries button")
    expect(words).to_be_empty()


@pytest.mark.parametrize(
    ("prompt", "with_picture", "words"),
    [
        ("", True, "Say in a few words what the picture should show."),
        ("a box", False, "Add a picture first: upload one, draw one or"),
    ],
)
def test_what_is_missing_is_said(
    page: Page,
    address: str,
    square: Path,
    prompt: str,
    with_picture: bool,
    words: str,
) -> None:
    open_page(page, address)
    if with_picture:
        hand_in(page, square)
    press(page, prompt)
    wait_for_phase(page, "failed")
    expect(page.locator(".stage .words")).to_contain_text(words)
    expect(page.locator("#make")).to_be_visible()


def drop_beside(page: Page, target: str, name: str, content: bytes) -> bool:
    """Drops a file there; tells whether the browser was kept from leaving the page for it."""
    return page.evaluate(
        """([target, name, encoded]) => {
            const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], name, { type: "image/png" }));
            const shake = (kind) => !document.querySelector(target).dispatchEvent(
                new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
            return shake("dragover") && shake("drop");
        }""",
        [target, name, base64.b64encode(content).decode()],
    )


@pytest.mark.parametrize("target", [".paper", ".stage .frame", "h1", "#prompt textarea", "body"])
def test_a_file_dropped_anywhere_is_handed_in(
    page: Page, address: str, square: Path, target: str
) -> None:
    open_page(page, address)
    page.click("#tab-draw")
    assert drop_beside(page, target, "square.png", square.read_bytes())
    expect(page.locator(".see")).to_be_enabled()
    expect(page.locator(".chosen")).to_be_visible()
    expect(page.locator(".picture")).not_to_have_class("picture dragging")


def test_a_file_dropped_where_none_is_wanted_does_not_leave_the_page(
    page: Page, served: Callable[..., str], square: Path
) -> None:
    words = DemoConfig(title="Words", description="It paints words.")
    page.goto(served(build_demo(words, FakeEngine(controls=()))))
    page.wait_for_selector(".stage")
    for target in ("h1", ".stage .frame", "body"):
        assert drop_beside(page, target, "square.png", square.read_bytes())
