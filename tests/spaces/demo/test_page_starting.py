"""A picture to start from, and a part of it that is painted over."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from inference.png import save_png
from inference.request import GenerationRequest
from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from tests.fake_engine import FakeEngine
from tests.spaces.demo.visitor import draw, open_page, press, wait_for_phase, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FOLDED = DemoConfig(title="Folded", description="Draw.", control="canny", words_alone=True)
PART = DemoConfig(title="Part", description="Paint over.", begins="part")


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture(scope="module")
def folded(served: Callable[..., str], engine: FakeEngine) -> str:
    return served(build_demo(FOLDED, engine))


@pytest.fixture(scope="module")
def part(served: Callable[..., str], engine: FakeEngine) -> str:
    return served(build_demo(PART, engine))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.new("RGB", (320, 160), "teal").save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def choose(page: Page, picture: Path) -> None:
    page.set_input_files("#start input[type=file]", picture)
    expect(page.locator("#start .sheet")).to_be_visible()


def brush(page: Page, *points: tuple[float, float]) -> None:
    draw(page, *points, on="#start canvas")


def last(engine: FakeEngine) -> GenerationRequest:
    return engine.requests[-1]


def test_it_is_folded_away_and_what_is_chosen_there_is_started_from(
    page: Page, folded: str, engine: FakeEngine, photo: Path
) -> None:
    open_page(page, folded)
    expect(page.locator("#start .drop")).to_be_hidden()
    page.click("#start .fold")
    choose(page, photo)
    press(page, "a box")
    wait_for_phase(page, "done")
    started = last(engine).init_image
    assert started is not None
    assert started.size == (320, 160)
    assert (last(engine).mask, last(engine).strength) == (None, 0.8)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(".share")
    left = "Link copied. · The picture that it was started from does not travel."
    expect(page.locator(".stage .words")).to_contain_text(left)
    page.click("#start .leave")
    expect(page.locator("#start .drop")).to_be_visible()
    press(page, "another box")
    wait_until(page, lambda: last(engine).prompt == "another box")
    wait_for_phase(page, "done")
    assert last(engine).init_image is None


def test_what_is_painted_over_is_the_mask_and_can_be_taken_back(
    page: Page, part: str, engine: FakeEngine, photo: Path
) -> None:
    open_page(page, part, takes_pictures=False)
    choose(page, photo)
    press(page, "a box")
    wait_for_phase(page, "failed")
    expect(page.locator(".stage")).to_contain_text("Paint over the part that is to change.")
    brush(page, (0.25, 0.2), (0.25, 0.8))
    brush(page, (0.75, 0.2), (0.75, 0.8))
    page.click("#start .unpaint")
    press(page, "a part")  # at once: the mask is on its way
    wait_for_phase(page, "done")
    mask = last(engine).mask
    assert mask is not None
    assert mask.size == (320, 160)
    white = np.asarray(mask.convert("L")) > 127
    assert white[80, 80]
    assert not white[80, 240], "that stroke was taken back"
    assert not white[:, 120:].any()
    page.reload()
    expect(page.locator("#start .sheet")).to_be_visible()
    expect(page.locator("#start .unpaint")).to_be_enabled()
    expect(page.locator("#prompt textarea")).to_have_value("a part")
    press(page, "after a reload")
    wait_until(page, lambda: last(engine).prompt == "after a reload")
    again = last(engine).mask
    assert again is not None
    assert ((np.asarray(again.convert("L")) > 127) == white).mean() > 0.99
    page.click("#start .unpaint-all")
    expect(page.locator("#start .unpaint")).to_be_disabled()


def test_a_picture_of_ours_brings_back_what_it_was_started_from(
    page: Page, part: str, engine: FakeEngine, tmp_path: Path
) -> None:
    start, mask = Image.new("RGB", (64, 64), "teal"), Image.new("L", (64, 64))
    mask.paste(255, (16, 16, 32, 48))
    request = GenerationRequest(prompt="a kite", init_image=start, mask=mask, strength=0.6)
    told = {
        **{"model": "painted", "prompt": "a kite", "seed": 7, "strength": 0.6, "mask": True},
        **{"width": 64, "height": 64},
    }
    save_png(Image.new("RGB", (64, 64), "red"), told, tmp_path / "kite.png", request=request)
    open_page(page, part, takes_pictures=False)
    page.set_input_files("#start input[type=file]", tmp_path / "kite.png")
    expect(page.locator("#prompt textarea")).to_have_value("a kite")
    expect(page.locator("#start .unpaint")).to_be_enabled()
    page.click("#make")
    wait_until(page, lambda: last(engine).prompt == "a kite")
    came = last(engine)
    assert came.init_image is not None
    assert came.mask is not None
    assert came.strength == 0.6
    assert came.init_image.tobytes() == start.tobytes()
    assert came.mask.tobytes() == mask.convert("RGB").tobytes()


@pytest.mark.parametrize("width", [1440, 390])
def test_it_is_accessible_and_stands_over_no_edge(
    page: Page, part: str, photo: Path, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, part, takes_pictures=False)
    choose(page, photo)
    brush(page, (0.3, 0.5), (0.6, 0.5))
    found = Axe().run(page, options={"rules": {"region": {"enabled": False}}})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for tool in page.locator("#start .tools button:visible").all():
        box = tool.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40
