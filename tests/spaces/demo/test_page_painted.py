"""A map that is painted on is the map that is used, and is kept with the picture."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from tests.fake_engine import FakeEngine
from tests.spaces.demo.test_page_kept import kept
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

CONFIG = DemoConfig(title="Painted", description="On the map.", control="canny")


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture(scope="module")
def address(served: Callable[..., str], engine: FakeEngine) -> str:
    return served(build_demo(CONFIG, engine))


def paint(page: Page, *points: tuple[float, float]) -> None:
    draw(page, *points, on=".map-sheet canvas")


def begin(page: Page, address: str, picture: Path) -> np.ndarray:
    """Hands a picture in and begins to paint on its map, which is given as it was."""
    open_page(page, address)
    hand_in(page, picture)
    before = white(control_map(page))
    page.click(".map-tools .paint")
    expect(page.locator(".map-sheet canvas")).to_be_visible()
    return before


def white(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L")) > 127


def test_more_of_a_map_and_less_of_it_is_what_is_made_from_and_can_be_taken_back(
    page: Page, address: str, engine: FakeEngine, square: Path
) -> None:
    before = begin(page, address, square)
    paint(page, (0.1, 0.06), (0.9, 0.06))
    page.click(".map-tools .less")
    paint(page, (0.05, 0.5), (0.95, 0.5))
    press(page, "a box")  # at once: the map is on its way
    wait_for_phase(page, "done")
    (used,) = engine.requests[-1].controls
    lines = white(used.map)
    assert (used.name, used.annotator) == ("canny", "none")
    assert lines[3:5, 12:52].all()
    assert not before[3:5, 12:52].any()
    assert before[31:33].any()
    assert not lines[31:33].any()

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(".share")
    left = "What was painted on the map is left out."
    expect(page.locator(".stage .words")).to_contain_text(left)
    expect(page.locator(".map figcaption")).to_have_text("painted on by hand")
    kept(page)
    page.reload()
    expect(page.locator(".see")).to_be_enabled()
    assert (white(control_map(page)) == lines).all()
    asked = len(engine.requests)
    press(page, "after a reload")
    wait_until(page, lambda: len(engine.requests) == asked + 1)
    assert (white(engine.requests[-1].controls[0].map) == lines).all()

    page.click(".map-tools .as-read")
    expect(page.locator(".map figcaption")).to_have_text("edges")
    assert (white(control_map(page)) == before).all()
    wait_for_phase(page, "done")
    press(page, "as it was")
    wait_until(page, lambda: engine.requests[-1].prompt == "as it was")
    assert engine.requests[-1].controls[0].annotator == "canny"


def test_another_picture_has_its_own_map(
    page: Page, address: str, engine: FakeEngine, square: Path, tmp_path: Path
) -> None:
    begin(page, address, square)
    paint(page, (0.1, 0.06), (0.9, 0.06))
    expect(page.locator(".map figcaption")).to_have_text("painted on by hand")
    Image.effect_noise((96, 96), 90).convert("RGB").save(tmp_path / "grain.png")
    page.set_input_files("#picture input[type=file]", tmp_path / "grain.png")
    expect(page.locator(".map figcaption")).to_have_text("edges")
    expect(page.locator(".map-sheet canvas")).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 390])
def test_it_is_accessible_and_stands_over_no_edge(
    page: Page, address: str, square: Path, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    begin(page, address, square)
    paint(page, (0.2, 0.2), (0.6, 0.2))
    found = Axe().run(page, options={"rules": {"region": {"enabled": False}}})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for tool in page.locator(".map-tools button:visible").all():
        box = tool.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40
