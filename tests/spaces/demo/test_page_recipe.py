"""A picture dropped on the page comes back whole: words, seed, settings, map."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from inference.png import save_png
from inference.request import Control, GenerationRequest
from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from tests.fake_engine import FakeEngine
from tests.spaces.demo.test_page_kept import kept
from tests.spaces.demo.visitor import (
    hand_in,
    keep_seed,
    open_page,
    press,
    set_field,
    wait_for_phase,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CONFIG = DemoConfig(
    title="Whole",
    description="It remembers.",
    control="canny",
    colours="palette",
    words_alone=True,
    first="draw",
)


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(controls=("canny", "palette"))


@pytest.fixture(scope="module")
def address(served: Callable[..., str], engine: FakeEngine) -> str:
    return served(build_demo(CONFIG, engine))


def drop(page: Page, file: Path) -> None:
    page.evaluate(
        """([encoded, name]) => {
            const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], name, { type: "image/png" }));
            const options = { dataTransfer, bubbles: true, cancelable: true };
            document.querySelector(".stage").dispatchEvent(new DragEvent("drop", options));
        }""",
        [base64.b64encode(file.read_bytes()).decode(), file.name],
    )


def saved(page: Page, path: Path) -> Path:
    with page.expect_download() as download:
        page.click(".stage .save")
    download.value.save_as(path)
    return path


def test_a_dropped_picture_comes_back_whole(
    page: Page, address: str, square: Path, engine: FakeEngine, tmp_path: Path
) -> None:
    visitor = page.context.browser.new_page()  # pyright: ignore[reportOptionalMemberAccess]
    open_page(visitor, address)
    hand_in(visitor, square)
    keep_seed(visitor, 77)
    set_field(visitor, "Steps", 9)
    set_field(visitor, "Strength of its colours", 1)
    visitor.fill("#field-negative_prompt textarea", "a border")
    press(visitor, "a box")
    wait_for_phase(visitor, "done")
    first = engine.requests[-1]
    file = saved(visitor, tmp_path / "box.png")
    visitor.close()

    open_page(page, address)
    drop(page, file)
    expect(page.locator(".stage .words")).to_have_text("From a file · Seed 77 · 9 steps")
    expect(page.locator("#prompt textarea")).to_have_value("a box")
    expect(page.locator(".see")).to_be_enabled()
    asked = len(engine.requests)
    page.click(".stage .again")
    wait_until(page, lambda: len(engine.requests) == asked + 1)
    again = engine.requests[-1]
    same = ("prompt", "negative_prompt", "seed", "steps", "sampler", "guidance_scale")
    assert [getattr(again, name) for name in same] == [getattr(first, name) for name in same]
    assert [(one.name, one.scale) for one in again.controls] == [("canny", 1.0), ("palette", 1.0)]
    for one, before in zip(again.controls, first.controls, strict=True):
        assert one.map.tobytes() == before.map.tobytes(), one.name
    wait_for_phase(page, "done")
    kept(page)
    page.reload()
    expect(page.locator(".see")).to_be_enabled()
    page.click(".stage .again")
    wait_until(page, lambda: len(engine.requests) == asked + 2)
    for one, before in zip(engine.requests[-1].controls, first.controls, strict=True):
        assert one.map.tobytes() == before.map.tobytes(), one.name


def test_it_can_be_used_as_a_picture_all_the_same(
    page: Page, address: str, square: Path, engine: FakeEngine, tmp_path: Path
) -> None:
    open_page(page, address)
    hand_in(page, square)
    press(page, "a box")
    wait_for_phase(page, "done")
    file = saved(page, tmp_path / "box.png")
    page.set_input_files("#picture input[type=file]", file)
    expect(page.locator(".stage .words")).to_contain_text("From a file")
    carried = page.locator(".chosen").get_attribute("src")
    page.click(".picture .instead")
    expect(page.locator(".picture .instead")).to_be_hidden()
    assert page.locator(".chosen").get_attribute("src") != carried


def test_words_alone_come_back_without_a_picture(
    page: Page, address: str, square: Path, engine: FakeEngine, tmp_path: Path
) -> None:
    open_page(page, address)
    press(page, "a boat")
    wait_for_phase(page, "done")
    file = saved(page, tmp_path / "boat.png")
    hand_in(page, square)
    page.fill("#prompt textarea", "something else")
    page.set_input_files("#picture input[type=file]", file)
    expect(page.locator("#prompt textarea")).to_have_value("a boat")
    expect(page.locator(".see")).to_be_disabled()
    asked = len(engine.requests)
    page.click(".stage .again")
    wait_until(page, lambda: len(engine.requests) == asked + 1)
    assert engine.requests[-1].controls == ()


def test_a_stranger_s_words_are_words_and_what_cannot_be_done_here_is_said(
    page: Page, address: str, tmp_path: Path
) -> None:
    evil = "<img src=x onerror='window.caught = true'>"
    drawn = Control(name="canny", map=Image.new("RGB", (64, 64)))
    parameters = {
        **{"model": evil, "prompt": evil, "seed": -1, "steps": 150, "sampler": evil},
        **{"width": 64, "height": 64, "controls": [{"name": "canny", "scale": 1e9}]},
    }
    file = tmp_path / "evil.png"
    save_png(
        Image.new("RGB", (64, 64)), parameters, file, request=GenerationRequest(controls=(drawn,))
    )
    open_page(page, address)
    drop(page, file)
    expect(page.locator("#prompt textarea")).to_have_value(evil)
    words = page.locator(".stage .words")
    expect(words).to_contain_text(": Seed, Steps, Sampler, Strength of the drawing.")
    expect(words).to_contain_text("another model")
    expect(page.locator(".see")).to_be_enabled()
    assert page.evaluate("window.caught") is None
