"""A sheet of two settings against each other: the same words, drawing and seed."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from inference.png import read_recipe, save_png
from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from spaces.demo.widgets import FOLDER
from tests.fake_engine import FakeEngine
from tests.spaces.demo.test_page_afterwards import downloaded
from tests.spaces.demo.test_page_beside import add
from tests.spaces.demo.test_page_kept import kept
from tests.spaces.demo.visitor import draw, hand_in, keep_seed, open_page, press, wait_for_phase

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CONFIG = DemoConfig(title="Against", description="Two.", control="canny", first="draw")


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(controls=("canny", "palette", "scribble"))


@pytest.fixture(scope="module")
def address(served: Callable[..., str], engine: FakeEngine) -> str:
    return served(build_demo(CONFIG, engine))


def rows(page: Page) -> list[list[str]]:
    return [
        row.locator("th, td").all_inner_texts() for row in page.locator(".differs tbody tr").all()
    ]


def drawn_and_made(page: Page, address: str) -> None:
    """A line, words, a seed, and the picture of them."""
    open_page(page, address)
    draw(page, (0.2, 0.3), (0.8, 0.6))
    expect(page.locator(".see")).to_be_enabled()
    keep_seed(page, 5)
    press(page, "a box")
    wait_for_phase(page, "done")


def test_another_setting_is_painted_of_the_same_words_drawing_and_seed(
    page: Page, address: str, engine: FakeEngine
) -> None:
    drawn_and_made(page, address)
    kept(page)
    first = engine.requests[-1]
    page.fill("#prompt textarea", "words that were not made yet")
    draw(page, (0.2, 0.9), (0.8, 0.9))
    page.locator(".against-opener").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".against")).to_be_visible()
    expect(page.locator(".against .sheet")).to_be_disabled()
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert Axe().run(page).violations_count == 0, scheme
    expect(page.locator(".which")).to_have_value("steps")
    expect(page.locator(".against .value input")).to_have_value("12")
    page.locator(".against .value input").press("Enter")
    expect(page.locator(".against .sheet")).to_be_enabled()
    second = engine.requests[-1]
    assert (first.steps, second.steps) == (6, 12)
    assert (second.prompt, second.seed) == (first.prompt, first.seed) == ("a box", 5)
    assert second.controls[0].map.tobytes() == first.controls[0].map.tobytes()
    assert rows(page) == [["Steps", "6", "12"]]
    expect(page.locator(".against .other-input")).to_be_hidden()
    name, content = downloaded(page, ".against .sheet")
    assert name == "a-box-A-B.png"
    with Image.open(BytesIO(content)) as sheet:
        told = json.loads(sheet.info["settings"])
        assert "compositeSynthetic" in sheet.info["XML:com.adobe.xmp"]
        assert sheet.width > 2 * 512
    assert [told[side]["steps"] for side in "ab"] == [6, 12]
    assert read_recipe(content) is None, "it is no picture's recipe"
    page.locator(".which").select_option("sampler")
    page.locator(".against .value select").select_option(label="Euler")
    page.click(".against .paint")
    expect(page.locator(".differs tbody td").last).to_have_text("Euler")
    assert rows(page) == [["Sampler", "DPM++ 2M", "Euler"]]
    page.keyboard.press("Escape")
    expect(page.locator(".against")).to_be_hidden()
    expect(page.locator(".against-opener")).to_be_focused()
    page.click(".stage .back")
    expect(page.locator("#prompt textarea")).to_have_value("words that were not made yet")


def paint(page: Page, setting: str, value: str) -> None:
    page.locator(".which").select_option(label=setting)
    field = page.locator(".against .value :is(select, input)")
    if field.evaluate("field => field.matches('select')"):
        field.select_option(label=value)
    else:
        field.fill(value)
    page.click(".against .paint")
    expect(page.locator(".differs tbody th")).to_have_text(setting)


def test_readings_and_strengths_are_held_against_others_and_further_controls_go_along(
    page: Page, address: str, engine: FakeEngine, square: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64), "navy").save(tmp_path / "navy.png")
    open_page(page, address)
    page.click("#tab-upload")
    hand_in(page, square)
    keep_seed(page, 5)
    add(page, picture=tmp_path / "navy.png", strength=0.5)
    page.locator(".beside select").select_option(label="Coarse colours")
    press(page, "a box")
    wait_for_phase(page, "done")
    kept(page)
    first = engine.requests[-1]
    assert [one.name for one in first.controls] == ["canny", "palette"]
    page.locator(".beside .off").click()  # which the sheet does not ask about
    page.click(".against-opener")
    expect(page.locator(".against")).to_be_visible()
    offered = page.locator(".which option").all_inner_texts()
    strengths = ["Strength of the drawing", "It acts from", "It acts until"]
    further = ["Read it as", "Strength", "It acts from", "It acts until"]
    wanted = ["Read the picture as", *strengths, *(f"Control No. 2: {one}" for one in further)]
    assert set(wanted) < set(offered)
    assert "Detail of the map" not in offered, "no network has read it"
    page.locator(".which").select_option(label="Read the picture as")
    others = page.locator(".against .value option").all_inner_texts()
    assert "Scribble" in others
    assert "Coarse colours" not in others, "the further control is of these"

    paint(page, "Read the picture as", "Scribble")
    assert rows(page) == [["Read the picture as", "Automatic", "Scribble"]]
    lead, colours = engine.requests[-1].controls
    assert (lead.name, lead.annotator) == ("scribble", "scribble")
    assert colours.map.tobytes() == first.controls[1].map.tobytes()
    paint(page, "Strength of the drawing", "0.4")
    assert rows(page) == [["Strength of the drawing", "1", "0.4"]]
    assert [one.scale for one in engine.requests[-1].controls] == [0.4, 0.5]
    paint(page, "Control No. 2: Strength", "1.5")
    assert rows(page) == [["Control No. 2: Strength", "0.5", "1.5"]]
    told = engine.requests[-1].controls
    assert [(one.name, one.scale) for one in told] == [("canny", 1.0), ("palette", 1.5)]
    assert told[1].map.tobytes() == first.controls[1].map.tobytes()
    expect(page.locator(".against .other-input")).to_be_hidden()
    page.click(".against .close")
    expect(page.locator(".beside .control")).to_have_count(1)
    page.click(".stage .back")
    expect(page.locator(".beside .control")).to_have_count(0)


def test_settings_that_were_tried_on_the_sheet_are_not_left_behind_for_good(
    page: Page, address: str
) -> None:
    drawn_and_made(page, address)
    kept(page)
    page.click(".against-opener")
    expect(page.locator(".against")).to_be_visible()
    for value in ("2", "0.4"):
        paint(page, "Strength of the drawing", value)
        expect(page.locator(".differs tbody td").last).to_have_text(value)
    page.click(".against .close")
    strength = page.locator("#field-control_scale input[type=number]")
    expect(strength).to_have_value("0.4")
    page.click(".stage .back")
    expect(strength).to_have_value("1")
    expect(page.locator("#prompt textarea")).to_have_value("a box")


@pytest.mark.parametrize("width", [390, 1440])
def test_any_two_pictures_of_the_strip_are_told_apart_in_words(
    page: Page, address: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    drawn_and_made(page, address)
    page.click(".picture .clear")
    draw(page, (0.5, 0.1), (0.5, 0.8))
    expect(page.locator(".see")).to_be_enabled()
    keep_seed(page, 6)
    press(page, "<b>two boxes</b>")
    expect(page.locator(".stage .words")).to_contain_text("Seed 6")
    page.click(".against-opener")
    page.click(".against .film button")
    assert rows(page) == [["Prompt", "<b>two boxes</b>", "a box"], ["Seed", "6", "5"]]
    expect(page.locator(".against .other-input")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in (".against .a img", ".against .b img"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    page.click(".against .close")
    expect(page.locator(".against")).to_be_hidden()


def test_a_stranger_s_picture_is_held_against_another_whatever_it_tells(
    page: Page, address: str, tmp_path: Path
) -> None:
    evil = "<img src=x onerror='window.caught = true'>"
    parameters = {
        **{"model": evil, "prompt": {"no": "words"}, "seed": evil, "steps": [1, 2]},
        **{"sampler": evil * 50, "guidance_scale": -1e300, "karras": {}},
    }
    save_png(Image.new("RGB", (64, 64)), parameters, tmp_path / "evil.png")
    drawn_and_made(page, address)
    page.click("#tab-upload")
    page.set_input_files("#picture input[type=file]", tmp_path / "evil.png")
    expect(page.locator(".stage .words")).to_contain_text("From a file")
    page.click(".against-opener")
    page.click(".against .film button")
    expect(page.locator(".against .sheet")).to_be_enabled()
    assert max(len(cell) for row in rows(page) for cell in row) <= 200
    name, content = downloaded(page, ".against .sheet")
    assert name == "A-B.png"
    with Image.open(BytesIO(content)) as sheet:
        assert json.loads(sheet.info["settings"])["a"] == parameters
    assert page.evaluate("window.caught") is None


def test_words_without_end_take_few_lines_of_a_sheet(page: Page) -> None:
    script = (FOLDER / "sheet.js").read_text("utf-8")
    told = page.evaluate(
        f"""(texts) => {{
            {script}
            const pen = document.createElement("canvas").getContext("2d");
            return texts.map((text) => lines_of(pen, SMALL_TEXT, text, 300).map(
                (line) => [line, pen.measureText(line).width],
            ));
        }}""",
        ["a box", "x" * 2000, "a red castle " * 100, ""],
    )
    assert [len(lines) for lines in told] == [1, 1, 4, 1]
    assert all(width <= 300 for lines in told for _, width in lines)
    assert told[2][-1][0].endswith("…")
