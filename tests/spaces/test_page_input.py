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
        "picture must be a file of at most 20 MB, got 21 MB; make it smaller first"
    )


def test_the_camera_takes_a_photo(page: Page, address: str) -> None:
    open_page(page, address)
    page.click("#tab-camera")
    page.click("#picture .take:not([disabled])")
    expect(page.locator(".map-view img")).to_be_visible()
    expect(page.locator("#picture .taken")).to_be_visible()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"this is no picture", "picture must be a picture, got a file that is none"),
        (b"", "got an empty file"),
    ],
)
def test_a_file_that_is_no_picture_gets_its_sentence(
    page: Page,
    address: str,
    tmp_path: Path,
    content: bytes,
    words: str,
) -> None:
    (tmp_path / "text.png").write_bytes(content)
    open_page(page, address)
    page.set_input_files("#picture input[type=file]", tmp_path / "text.png")
    expect(page.locator("#map .problem")).to_contain_text(words)
    press(page, "a box")
    wait_for_phase(page, "failed")
    expect(page.locator(".stage .words")).to_contain_text(words)


@pytest.mark.parametrize(
    ("prompt", "with_picture", "words"),
    [
        ("", True, "prompt must say what the picture shows"),
        ("a box", False, "picture must be an upload, a drawing or a photo, got none"),
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
