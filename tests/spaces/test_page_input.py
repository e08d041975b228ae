"""Ways to hand in a picture, and what is said to those that cannot be used."""

import base64
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.spaces.visitor import hand_in, open_page, press, wait_for_phase

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_what_is_drawn_becomes_the_line_in_the_map(page: Page, address: str) -> None:
    open_page(page, address)
    page.click("#tab-draw")
    box = page.locator("#picture canvas").bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.5 * box["height"], steps=12)
    page.mouse.up()
    source = page.locator(".map-view img")
    expect(source).to_be_visible()
    drawn = Image.open(BytesIO(_data(source.get_attribute("src")))).convert("L")
    left, top, right, bottom = drawn.getbbox()
    assert bottom - top == 1, "one line, not the two edges of the pen"
    assert abs(left - 13) <= 2
    assert abs(right - 51) <= 2
    page.click("#picture .undo")
    expect(source).to_be_hidden()


def _data(address: str) -> bytes:
    return base64.b64decode(address.partition(",")[2])


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
    expect(page.locator(".map-view img")).to_be_visible()


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
    expect(page.locator(".map-view img")).to_be_visible()
    expect(page.locator("#picture .taken")).to_be_visible()


def half_a_photo() -> bytes:
    stream = BytesIO()
    Image.effect_noise((200, 200), 60).save(stream, "JPEG")
    return stream.getvalue()[:4000]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"this is no picture", "choose a PNG, JPEG or WebP file"),
        (b"", "choose a PNG, JPEG or WebP file"),
        (half_a_photo(), "save or upload it again"),
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
    expect(page.locator(".add img")).to_be_hidden()
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
