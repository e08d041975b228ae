"""What a visitor does and sees on the page, for the tests that drive it."""

import base64
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

CLOSE = 6
"""How far a channel may be off: browsers enlarge with rounding."""


def open_page(page: Page, address: str, *, takes_pictures: bool = True) -> None:
    page.goto(address)
    page.wait_for_selector(".stage")
    if takes_pictures:
        expect(page.locator(".picture")).to_be_attached()


def hand_in(page: Page, picture: Path) -> None:
    page.set_input_files("#picture input[type=file]", picture)
    expect(page.locator(".see")).to_be_enabled()


def draw(page: Page, *points: tuple[float, float], on: str = "#picture canvas") -> None:
    """One stroke through points given in parts of the canvas's width and height."""
    canvas = page.locator(on)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=12)
    page.mouse.up()


def control_map(page: Page) -> Image.Image:
    """The map of what is handed in, shown by its button."""
    if page.locator(".see").get_attribute("aria-expanded") == "false":
        page.click(".see")
    picture = page.locator(".map-view img")
    expect(picture).to_be_visible()
    encoded = (picture.get_attribute("src") or "").partition(",")[2]
    return Image.open(BytesIO(base64.b64decode(encoded))).convert("L")


def press(page: Page, prompt: str) -> None:
    page.fill("#prompt textarea", prompt)
    page.click("#make")


def wait_for_phase(page: Page, phase: str) -> None:
    page.wait_for_selector(f".stage[data-phase={phase}]")


def wait_until(page: Page, happened: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Waits for something that is no part of the page."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        page.wait_for_timeout(50)


def shown(page: Page) -> Image.Image:
    """What is seen of the result, as pixels of the screen."""
    return Image.open(BytesIO(page.locator(".stage .frame").screenshot())).convert("RGB")


def assert_colour(image: Image.Image, x: float, y: float, wanted: tuple[int, int, int]) -> None:
    got = image.getpixel((int(image.width * x), int(image.height * y)))
    assert all(abs(a - b) <= CLOSE for a, b in zip(got, wanted, strict=True)), (got, wanted)


def open_fold(page: Page) -> None:
    """Opens the fold of settings and waits until they are there, which is a moment later."""
    page.click("#advanced .label-wrap")
    expect(page.locator("#advanced input[type=number]:visible").last).to_be_visible()


def set_field(page: Page, label: str, value: int) -> None:
    """Writes a number into a field of the fold, which is opened if need be.

    A fold that has just been opened gets its first values a moment after its fields are seen,
    over what was written meanwhile; so it is written until it stays.
    """
    field = page.locator(f"#advanced input[aria-label*='{label}']").first
    if not field.is_visible():
        open_fold(page)

    def stays() -> bool:
        field.fill(str(value))
        page.wait_for_timeout(200)
        return field.input_value() == str(value)

    wait_until(page, stays)


def keep_seed(page: Page, seed: int) -> None:
    """Writes a seed that is to stay."""
    set_field(page, "Seed", seed)
    page.locator("#advanced input[type=checkbox]").uncheck()
