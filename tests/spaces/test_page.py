"""The page in a real Chromium, on the painted engine."""

import base64
import re
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from inference.png import read_parameters, save_png
from spaces.config import DemoConfig, Example
from spaces.demo import build_demo
from tests.fake_engine import FakeEngine, colour_of, painting

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FOLLOW = """() => {
    window.seen = [];
    const stage = document.querySelector(".stage");
    const note = () => window.seen.push([
        stage.querySelector(".status").textContent,
        (stage.querySelector(".shown").getAttribute("src") ?? "").slice(0, 400),
    ]);
    new MutationObserver(note).observe(stage, { subtree: true, childList: true, attributes: true });
}"""
"""Writes down all that the result's place shows: a look now and then could miss it."""
STEP = re.compile(r"Step \d of 6")
CLOSE = 6
"""How far a channel may be off: browsers enlarge with rounding."""


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(seconds_per_step=0.15)


@pytest.fixture(scope="module")
def address(
    served: Callable[..., str],
    engine: FakeEngine,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    folder = tmp_path_factory.mktemp("examples")
    drawn = Image.new("RGB", (128, 128), "white")
    ImageDraw.Draw(drawn).ellipse((20, 20, 108, 108), outline="black", width=4)
    drawn.save(folder / "circle.png")
    save_png(painting(3, None, (256, 256)), {"prompt": "a ring", "steps": 9}, folder / "ring.png")
    config = DemoConfig(
        title="A page for tests",
        description="It paints.",
        control="canny",
        prompts=("a box", "a ball"),
        examples=(Example(folder / "circle.png", folder / "ring.png", "a ring", 3, "draw"),),
    )
    return served(build_demo(config, engine))


@pytest.fixture
def square(tmp_path: Path) -> Path:
    image = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(image).rectangle((16, 16, 48, 48), fill="black")
    image.save(tmp_path / "square.png")
    return tmp_path / "square.png"


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".stage")
    expect(page.locator(".picture")).to_be_attached()


def hand_in(page: Page, picture: Path) -> None:
    page.set_input_files("#picture input[type=file]", picture)
    expect(page.locator(".map-view img")).to_be_visible()


def press(page: Page, prompt: str) -> None:
    page.fill("#prompt textarea", prompt)
    page.click("#make")


def wait_for_phase(page: Page, phase: str) -> None:
    page.wait_for_selector(f".stage[data-phase={phase}]")


def wait_until(page: Page, happened: Callable[[], bool], *, seconds: float = 15.0) -> None:
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


def keep_seed(page: Page, seed: int) -> None:
    """Opens the fold and writes a seed that is to stay."""
    if not page.locator("#advanced input[type=checkbox]").is_visible():
        page.click("#advanced .label-wrap")
    page.fill("#advanced input[aria-label=Seed]", str(seed))
    page.locator("#advanced input[type=checkbox]").uncheck()


def test_a_picture_a_prompt_and_a_press_make_the_painting_of_that_seed(
    page: Page,
    address: str,
    square: Path,
) -> None:
    open_page(page, address)
    hand_in(page, square)
    keep_seed(page, 0)
    page.evaluate(FOLLOW)
    press(page, "a box")
    wait_for_phase(page, "done")
    seen = page.evaluate("window.seen")
    assert any(STEP.search(words) and "s left" in words for words, _ in seen), seen
    previews = {source for _, source in seen if source.startswith("data:image/webp")}
    assert len(previews) >= 2, "previews sharpen in place"
    expect(page.locator(".stage .words")).to_contain_text("Seed 0 · 6 steps · DPM++ 2M")
    page.mouse.move(0, 0)
    page.wait_for_function("document.querySelector('.stage .shown').complete")
    image = shown(page)
    for x, y in ((0.1, 0.5), (0.5, 0.5), (0.9, 0.9)):
        assert_colour(image, x, y, colour_of(0))
    strip = [image.getpixel((int(image.width * x / 200), image.height // 2)) for x in range(200)]
    assert max(min(pixel) for pixel in strip) > 230, "the control map's line is drawn in white"


def test_the_saved_png_carries_its_parameters(
    page: Page,
    address: str,
    square: Path,
    tmp_path: Path,
) -> None:
    open_page(page, address)
    hand_in(page, square)
    keep_seed(page, 41)
    press(page, "a big box")
    wait_for_phase(page, "done")
    with page.expect_download() as download:
        page.click(".stage .save")
    assert download.value.suggested_filename == "a-big-box-seed-41.png"
    download.value.save_as(tmp_path / "saved.png")
    assert read_parameters(tmp_path / "saved.png")["seed"] == 41
    with Image.open(tmp_path / "saved.png") as image:
        assert image.size == (512, 512)
        assert image.getpixel((8, 8)) == colour_of(41)


def test_stop_stops_the_engine_and_the_page_is_ready_again(
    page: Page,
    address: str,
    square: Path,
    engine: FakeEngine,
) -> None:
    open_page(page, address)
    hand_in(page, square)
    cancelled, finished = engine.cancelled, engine.finished
    press(page, "a box")
    expect(page.locator(".stage .words")).to_contain_text(STEP)
    page.click("#stop")
    expect(page.locator(".stage .words")).to_contain_text("Stopped at step")
    expect(page.locator("#make")).to_be_visible()
    wait_until(page, lambda: not engine.running.is_set())
    assert (engine.cancelled, engine.finished) == (cancelled + 1, finished)
    press(page, "a box")
    wait_for_phase(page, "done")


def test_leaving_the_page_stops_the_engine(
    page: Page, address: str, square: Path, engine: FakeEngine
) -> None:
    visitor = page.context.new_page()
    open_page(visitor, address)
    hand_in(visitor, square)
    cancelled = engine.cancelled
    press(visitor, "a box")
    expect(visitor.locator(".stage .words")).to_contain_text(STEP)
    visitor.close()
    wait_until(page, lambda: engine.cancelled == cancelled + 1)


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


def test_several_pictures_stand_in_the_strip_and_can_be_chosen(
    page: Page,
    address: str,
    square: Path,
) -> None:
    open_page(page, address)
    hand_in(page, square)
    keep_seed(page, 5)
    page.fill("#advanced input[aria-label*='Pictures']", "3")
    press(page, "boxes")
    wait_for_phase(page, "done")
    frames = page.locator(".film button")
    expect(frames).to_have_count(3)
    frames.nth(2).click()
    expect(page.locator(".stage .words")).to_contain_text("Seed 7")
    page.wait_for_function("document.querySelector('.stage .shown').complete")
    assert_colour(shown(page), 0.1, 0.9, colour_of(7))


def test_again_keeps_the_seed_and_a_new_seed_is_taken_otherwise(
    page: Page,
    address: str,
    square: Path,
    engine: FakeEngine,
) -> None:
    open_page(page, address)
    hand_in(page, square)
    press(page, "a box")
    wait_for_phase(page, "done")
    first = engine.requests[-1].seed
    page.fill("#prompt textarea", "another box")
    page.click(".stage .again")
    wait_for_phase(page, "running")
    wait_for_phase(page, "done")
    assert engine.requests[-1].seed == first
    assert engine.requests[-1].prompt == "another box"


def test_a_result_can_be_used_as_the_next_input(page: Page, address: str, square: Path) -> None:
    open_page(page, address)
    hand_in(page, square)
    press(page, "a box")
    wait_for_phase(page, "done")
    first = page.locator(".map-view img").get_attribute("src")
    page.click(".stage .use")
    page.wait_for_function(
        "before => document.querySelector('.map-view img').src !== before", arg=first
    )


def test_an_example_is_there_at_a_click_and_makes_nothing(
    page: Page,
    address: str,
    engine: FakeEngine,
) -> None:
    open_page(page, address)
    made = len(engine.requests)
    page.click(".tile")
    wait_for_phase(page, "done")
    expect(page.locator("#prompt textarea")).to_have_value("a ring")
    expect(page.locator(".map-view img")).to_be_visible()
    page.wait_for_function("document.querySelector('.stage .shown').complete")
    assert_colour(shown(page), 0.5, 0.5, colour_of(3))
    assert len(engine.requests) == made


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


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_nothing_stands_over_the_edge(
    page: Page,
    address: str,
    square: Path,
    width: int,
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_page(page, address)
    page.click("#advanced .label-wrap")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_the_button_is_always_in_view_and_the_input_is_a_sheet(
    page: Page,
    address: str,
    square: Path,
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    page.wait_for_selector(".stage")
    expect(page.locator("#make")).to_be_in_viewport()
    expect(page.locator(".stage .frame")).to_be_in_viewport()
    expect(page.locator("#picture")).not_to_be_in_viewport()
    page.click(".empty-add")
    expect(page.locator("#tab-upload")).to_be_in_viewport()
    hand_in(page, square)
    page.click(".sheet-done")
    press(page, "a box")
    wait_for_phase(page, "done")


def test_the_camera_takes_a_photo(page: Page, address: str) -> None:
    open_page(page, address)
    page.click("#tab-camera")
    page.click("#picture .take:not([disabled])")
    expect(page.locator(".map-view img")).to_be_visible()
    expect(page.locator("#picture .taken")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_accessible(
    page: Page, address: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    open_page(page, address)
    assert Axe().run(page).violations_count == 0
    page.click("#advanced .label-wrap")
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
