"""Further controls on the page, and what a map is read with, which is there while it is of use."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from spaces.demo.config import DemoConfig
from spaces.demo.options import OF_MAPS
from spaces.demo.page import build_demo
from spaces.demo.pictures import data_uri
from spaces.look.theme import FOLDER
from tests.fake_engine import FakeEngine
from tests.spaces.demo.test_page_kept import kept
from tests.spaces.demo.test_page_recipe import drop, saved
from tests.spaces.demo.visitor import (
    control_map,
    draw,
    hand_in,
    open_fold,
    open_page,
    press,
    wait_for_phase,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

THREE = ("canny", "palette", "scribble")
SEVERAL = DemoConfig(title="Several", description="At once.", control="canny")
ALONE = DemoConfig(title="Alone", description="One.", control="canny")


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(controls=THREE)


@pytest.fixture(scope="module")
def several(served: Callable[..., str], engine: FakeEngine) -> str:
    return served(build_demo(SEVERAL, engine))


@pytest.fixture(scope="module")
def alone(served: Callable[..., str]) -> str:
    return served(build_demo(ALONE, FakeEngine()))


@pytest.fixture
def navy(tmp_path: Path) -> Path:
    Image.new("RGB", (64, 64), "navy").save(tmp_path / "navy.png")
    return tmp_path / "navy.png"


def add(page: Page, *, picture: Path | None = None, strength: float | None = None) -> None:
    """Adds a control, and gives it a picture of its own and a strength."""
    page.click(".beside .add")
    row = page.locator(".beside .control").last
    if picture is not None:
        row.locator("input[type=file]").set_input_files(picture)
        expect(row.locator(".same")).to_be_visible()
    if strength is not None:
        row.locator("input[type=range]").first.fill(str(strength))


def parts(engine: FakeEngine) -> list[tuple[str, float]]:
    return [(one.name, one.scale) for one in engine.requests[-1].controls]


def test_a_page_with_one_control_has_no_place_for_more(page: Page, alone: str) -> None:
    open_page(page, alone)
    open_fold(page)
    expect(page.locator(".beside")).to_have_count(0)


def test_controls_act_together_and_come_back_after_a_reload_and_from_the_saved_picture(
    page: Page, several: str, engine: FakeEngine, square: Path, navy: Path, tmp_path: Path
) -> None:
    open_page(page, several)
    expect(page.locator(".beside .add")).to_be_hidden()
    hand_in(page, square)
    open_fold(page)
    add(page, picture=navy, strength=0.5)
    add(page, strength=1.5)
    expect(page.locator(".beside .add")).to_be_hidden()
    press(page, "a box")
    wait_for_phase(page, "done")
    together = [("canny", 1.0), ("palette", 0.5), ("scribble", 1.5)]
    assert parts(engine) == together
    first = engine.requests[-1]
    assert first.controls[1].map.getcolors() == [(64 * 64, (0, 0, 128))]
    file = saved(page, tmp_path / "box.png")

    kept(page)
    page.reload()
    expect(page.locator(".beside .control")).to_have_count(2)
    expect(page.locator(".see")).to_be_enabled()
    asked = len(engine.requests)
    page.click(".stage .again")
    wait_until(page, lambda: len(engine.requests) == asked + 1)
    again = engine.requests[-1].controls
    assert [one.map.tobytes() for one in again] == [one.map.tobytes() for one in first.controls]
    wait_for_phase(page, "done")

    page.locator(".beside .off").first.click()
    page.locator(".beside .off").first.click()
    expect(page.locator(".beside .control")).to_have_count(0)
    press(page, "another box")
    wait_until(page, lambda: engine.requests[-1].prompt == "another box")
    assert parts(engine) == [("canny", 1.0)]
    wait_for_phase(page, "done")

    page.locator(".stage .film button").nth(1).click()  # what was made before
    expect(page.locator(".beside .control")).to_have_count(2)
    expect(page.locator(".beside .same:visible")).to_have_count(1)
    page.click(".stage .again")
    wait_until(page, lambda: parts(engine) == together)
    wait_for_phase(page, "done")

    other = page.context.browser.new_page()  # pyright: ignore[reportOptionalMemberAccess]
    open_page(other, several)
    drop(other, file)
    expect(other.locator(".beside .control")).to_have_count(2)
    expect(other.locator(".see")).to_be_enabled()
    asked = len(engine.requests)
    other.click(".stage .again")
    wait_until(other, lambda: len(engine.requests) == asked + 1)
    told = engine.requests[-1].controls
    assert [(one.name, one.scale) for one in told] == together
    assert [one.map.tobytes() for one in told] == [one.map.tobytes() for one in first.controls]
    other.close()


def test_each_row_shows_the_map_of_its_picture_and_a_press_shows_it_large(
    page: Page, several: str, engine: FakeEngine, square: Path, navy: Path
) -> None:
    open_page(page, several)
    hand_in(page, square)
    open_fold(page)
    add(page)
    add(page, picture=navy)
    rows = page.locator(".beside .control")
    same, own = rows.nth(0).locator(".map-of"), rows.nth(1).locator(".map-of")
    expect(own.locator("img")).to_have_attribute("alt", "What the model sees: scribble")
    rows.nth(0).locator("select").select_option(label="Coarse colours")
    rows.nth(1).locator("select").select_option(label="Already a map: scribble")
    expect(same.locator("img")).to_have_attribute("alt", "What the model sees: coarse colours")
    expect(own.locator("img")).to_have_attribute(
        "alt", "What the model sees: already a control map"
    )
    press(page, "a box")
    wait_for_phase(page, "done")
    used = engine.requests[-1].controls
    assert [one.name for one in used] == ["canny", "palette", "scribble"]
    assert same.locator("img").get_attribute("src") == data_uri(used[1].map)
    assert own.locator("img").get_attribute("src") == data_uri(used[2].map)
    own.click()
    expect(page.locator(".closer img")).to_have_attribute("src", data_uri(used[2].map))
    page.click(".closer")
    page.click("#picture .remove")
    expect(same).to_be_disabled()
    expect(own).to_be_enabled()
    hand_in(page, square)
    expect(same).to_be_enabled()
    kept(page)
    page.reload()
    expect(own.locator("img")).to_have_attribute("src", data_uri(used[2].map))


def test_a_link_leaves_out_a_control_with_a_picture_of_its_own_and_says_so(
    page: Page, several: str, engine: FakeEngine, navy: Path
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, several)
    page.click("#tab-draw")
    draw(page, (0.2, 0.3), (0.7, 0.6))
    open_fold(page)
    add(page)
    page.locator(".beside select").select_option(label="Scribble")
    press(page, "a box")
    wait_for_phase(page, "done")
    page.click(".share")
    expect(page.locator(".stage .words")).to_contain_text("Link copied.")
    expect(page.locator(".stage .words")).not_to_contain_text("left out")
    add(page, picture=navy)
    page.click(".stage .again")
    wait_until(page, lambda: len(engine.requests[-1].controls) == 3)
    wait_for_phase(page, "done")
    page.click(".share")
    expect(page.locator(".stage .words")).to_contain_text(
        "Link copied. · Further controls with a picture of their own are left out."
    )
    link = page.evaluate("navigator.clipboard.readText()")
    asked = len(engine.requests)
    page.goto("about:blank")
    page.goto(link)
    wait_until(page, lambda: len(engine.requests) > asked)
    assert [one.name for one in engine.requests[-1].controls] == ["canny", "scribble"]
    wait_for_phase(page, "done")


def test_a_threshold_is_there_with_a_map_that_it_changes_and_makes_it_anew(
    page: Page, several: str, engine: FakeEngine, tmp_path: Path
) -> None:
    Image.effect_noise((96, 96), 90).convert("RGB").save(tmp_path / "grain.png")
    open_page(page, several)
    open_fold(page)
    threshold = page.locator("#field-high_threshold input[type=number]")
    expect(threshold).to_be_hidden()
    hand_in(page, tmp_path / "grain.png")
    expect(threshold).to_be_visible()
    before = page.locator(".map-view img").get_attribute("src")
    assert control_map(page).getbbox() is not None
    threshold.fill("480")
    threshold.press("Tab")
    expect(page.locator(".map-view img")).not_to_have_attribute("src", before or "")
    press(page, "a box")
    wait_for_phase(page, "done")
    assert engine.requests[-1].controls[0].settings["high"] == 480
    page.locator("#picture .remove").click()
    expect(threshold).to_be_hidden()


def test_every_option_of_maps_is_hidden_until_it_is_of_use() -> None:
    css = (FOLDER / "styles" / "demo.css").read_text("utf-8")
    for name in OF_MAPS:
        assert f'#studio:not([data-map-options~="{name}"]) #field-{name}' in css


@pytest.mark.parametrize("width", [1440, 390])
def test_it_is_accessible_and_stands_over_no_edge(
    page: Page, several: str, square: Path, navy: Path, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, several)
    hand_in(page, square)
    open_fold(page)
    add(page, picture=navy)
    add(page)
    found = Axe().run(page, options={"rules": {"region": {"enabled": False}}})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for tool in page.locator(".beside button:visible").all():
        box = tool.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40
