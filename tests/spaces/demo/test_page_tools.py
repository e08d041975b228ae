"""The drawing's tools, what the model knows, and a link that paints the same picture."""

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from spaces.demo.config import DemoConfig, Known
from spaces.demo.page import build_demo
from spaces.demo.widgets import FOLDER
from tests.fake_engine import FakeEngine
from tests.spaces.demo.visitor import draw, hand_in, open_page, press, wait_for_phase, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KNOWN = Known(("castle", "teapot", "umbrella"), ("a", "castle", "teapot", "umbrella", "red"))
CONFIG = DemoConfig(
    title="Tools",
    description="It follows.",
    control="canny",
    colours="palette",
    live=True,
    words_alone=True,
    wordless="a thing",
    known=KNOWN,
)
STROKES = "document.querySelector('#picture canvas').toDataURL()"


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(controls=("canny", "palette"))


@pytest.fixture(scope="module")
def address(served: Callable[..., str], engine: FakeEngine) -> str:
    return served(build_demo(CONFIG, engine))


def around(kind: str) -> list[list[float]]:
    """Points of a stroke by an unsteady hand."""
    shake = [3 * math.sin(7 * at) for at in range(80)]
    if kind == "line":
        return [[50 + 4 * at, 90 + 2 * at + shake[at]] for at in range(80)]
    if kind == "circle":
        turns = [at / 79 * 2 * math.pi for at in range(80)]
        return [
            [250 + (110 + shake[at]) * math.cos(turn), 250 + (100 + shake[at]) * math.sin(turn)]
            for at, turn in enumerate(turns)
        ]
    corners = {
        "rectangle": [(90, 100), (400, 108), (392, 300), (96, 305), (90, 106)],
        "triangle": [(250, 80), (400, 330), (90, 320), (246, 84)],
        "hook": [(100, 100), (100, 400), (380, 400)],
    }[kind]
    return [
        [x + (to_x - x) * part / 20 + shake[part], y + (to_y - y) * part / 20 + shake[part + 3]]
        for (x, y), (to_x, to_y) in pairwise(corners)
        for part in range(20)
    ]


def test_an_unsteady_stroke_is_told_for_the_shape_that_was_meant(page: Page) -> None:
    shapes = (FOLDER / "shapes.js").read_text("utf-8")
    for kind in ("line", "circle", "rectangle", "triangle", "hook"):
        found = page.evaluate(
            f"points => {{ {shapes}; return straightened(points); }}", around(kind)
        )
        assert (found and found["kind"]) == (None if kind == "hook" else kind)


def test_the_nearest_known_word_is_named_if_it_is_near(page: Page) -> None:
    nearest = (FOLDER / "nearest.js").read_text("utf-8")
    for text, told in (
        ("a red castle", None),
        ("red castles", None),
        ("a red catsle", {"word": "catsle", "nearest": "castle"}),
        ("a xylophone", {"word": "xylophone", "nearest": None}),
    ):
        words = ["a", "red", "castle", "teapot"]
        call = f"([text, words]) => {{ {nearest}; return first_unknown(text, new Set(words)); }}"
        assert page.evaluate(call, [text, words]) == told


def test_a_pen_that_is_held_still_straightens_and_its_colours_lead(
    page: Page, address: str, engine: FakeEngine
) -> None:
    open_page(page, address)
    page.click("#tab-draw")
    page.click("[data-ink='#2f6fd6']")
    page.click("[aria-label=Broad]")
    box = page.locator("#picture canvas").bounding_box()
    assert box is not None
    scale = box["width"] / 512
    places = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in around("circle")]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places:
        page.mouse.move(*place)
    rough = page.evaluate(STROKES)
    page.wait_for_function(f"before => {STROKES} !== before", arg=rough)
    straight = page.evaluate(STROKES)
    page.mouse.move(places[0][0] + 60, places[0][1] + 60)
    assert page.evaluate(STROKES) == straight
    page.mouse.up()
    wait_for_phase(page, "done")
    lead, colours = engine.requests[-1].controls
    assert (lead.name, colours.name, colours.scale) == ("canny", "palette", 0.8)
    red, _, blue = colours.map.crop((32, 32, 33, 33)).tobytes()
    assert blue > red + 80, "what a blue ring encloses is blue"
    page.keyboard.press("Control+z")
    expect(page.locator(".draw-hint")).to_be_visible()


def test_a_surprise_and_the_shelf_paint_what_the_model_knows(
    page: Page, address: str, engine: FakeEngine
) -> None:
    open_page(page, address)
    page.click(".surprise")
    wait_for_phase(page, "done")
    assert any(thing in engine.requests[-1].prompt for thing in KNOWN.things)
    page.click(".shelf-opener")
    expect(page.locator(".things button")).to_have_count(3)
    page.locator(".shelf input").press_sequentially("umb")
    expect(page.locator(".things button")).to_have_text(["umbrella"])
    assert Axe().run(page).violations_count == 0
    page.click(".things button")
    wait_until(page, lambda: engine.requests[-1].prompt == "an umbrella, flat icon")
    page.fill("#prompt textarea", "a red umbrela")
    expect(page.locator(".unknown")).to_contain_text("“umbrela” is not among the words")
    page.click(".nearest")
    expect(page.locator("#prompt textarea")).to_have_value("a red umbrella")
    expect(page.locator(".unknown")).to_be_hidden()


def test_a_link_paints_the_same_picture_and_a_damaged_one_says_so(
    page: Page, address: str, engine: FakeEngine
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, address)
    page.click("#tab-draw")
    page.fill("#prompt textarea", "a red teapot")
    draw(page, (0.2, 0.3), (0.7, 0.6), (0.4, 0.8))
    wait_for_phase(page, "done")
    page.click(".share")
    expect(page.locator(".stage .words")).to_contain_text("Link copied")
    made = engine.requests[-1]
    link = page.evaluate("navigator.clipboard.readText()")
    page.context.clear_cookies()
    page.goto("about:blank")
    asked = len(engine.requests)
    page.goto(link)
    wait_until(page, lambda: len(engine.requests) > asked)
    wait_for_phase(page, "done")
    again = engine.requests[-1]
    assert (again.prompt, again.seed) == (made.prompt, made.seed)
    assert again.controls[0].map.tobytes() == made.controls[0].map.tobytes()
    assert "#made" not in page.url
    page.evaluate(f"location.hash = {link[link.index('#') : -9]!r}")
    expect(page.locator(".stage .words")).to_contain_text("This link is damaged or cut short")


def test_a_phone_hands_the_link_to_its_own_sheet_and_where_that_fails_it_is_copied(
    page: Page, address: str, photo: Path
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, address)
    page.evaluate("navigator.clipboard.writeText('nothing')")
    page.evaluate(AS_A_PHONE)
    page.click("#tab-upload")
    hand_in(page, photo)
    press(page, "a red castle")
    wait_for_phase(page, "done")
    page.click(".share")
    said = page.locator(".stage .words")
    left = "0.0 s · ! Its words and settings travel; the picture that was handed in does not."
    expect(said).to_contain_text(left)
    page.evaluate("window.refusal = 'AbortError'")
    page.click(".share")
    wait_until(page, lambda: len(page.evaluate("window.shared")) == 2)
    first, second = page.evaluate("window.shared")
    assert first["url"] == second["url"]
    assert "#made" in first["url"]
    assert page.evaluate("navigator.clipboard.readText()") == "nothing"
    page.evaluate("window.refusal = 'NotAllowedError'")
    page.click(".share")
    expect(said).to_contain_text("Link copied. · Its words and settings travel")
    assert page.evaluate("navigator.clipboard.readText()") == first["url"]


AS_A_PHONE = """() => {
  const { matchMedia } = window;
  window.matchMedia = (query) => query.includes("coarse") ? { matches: true } : matchMedia(query);
  window.shared = [];
  navigator.share = async (told) => {
    window.shared.push(told);
    if (window.refusal) throw new DOMException("", window.refusal);
  };
}"""
"""A finger points, and the system has a sheet of what takes a link."""


def test_an_uploaded_picture_is_drawn_on_and_read_as_a_picture(
    page: Page, address: str, engine: FakeEngine, photo: Path
) -> None:
    open_page(page, address)
    page.click("#tab-upload")
    hand_in(page, photo)
    page.fill("#prompt textarea", "a red castle")
    asked = len(engine.requests)
    page.click(".draw-on")
    draw(page, (0.2, 0.3), (0.7, 0.6))
    wait_until(page, lambda: len(engine.requests) > asked)
    wait_for_phase(page, "done")
    assert engine.requests[-1].controls[0].annotator == "canny"


def test_a_camera_is_followed_when_that_is_asked_for(
    page: Page, address: str, engine: FakeEngine
) -> None:
    open_page(page, address)
    page.fill("#prompt textarea", "a red castle")
    page.click("#tab-camera")
    expect(page.locator(".take")).to_be_enabled()
    asked = len(engine.requests)
    page.click(".live-camera")
    wait_until(page, lambda: len(engine.requests) > asked + 2)
    wait_for_phase(page, "following")
    page.click("#tab-draw")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    grain = Image.effect_noise((200, 200), 60).convert("RGB")
    Image.blend(grain, Image.new("RGB", grain.size, (90, 120, 60)), 0.6).save(
        tmp_path / "photo.png"
    )
    return tmp_path / "photo.png"
