"""Making pictures on the page, in a real Chromium, on the painted engine."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from inference.png import read_parameters
from tests.fake_engine import FakeEngine, colour_of
from tests.spaces.demo.visitor import (
    assert_colour,
    control_map,
    hand_in,
    keep_seed,
    open_page,
    press,
    set_field,
    shown,
    wait_for_phase,
    wait_until,
)

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
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_page(page, address)
    hand_in(page, square)
    cancelled, finished = engine.cancelled, engine.finished
    with monkeypatch.context() as slowly:  # so that it can be stopped on a busy machine
        slowly.setattr(engine, "seconds_per_step", 4.0)
        press(page, "a box")
        expect(page.locator(".stage .words")).to_contain_text(STEP)
        page.click("#stop")
        expect(page.locator(".stage .words")).to_contain_text("Stopped at step")
        expect(page.locator("#make")).to_be_visible()
        wait_until(page, lambda: not engine.running.is_set())
    assert (engine.cancelled, engine.finished) == (cancelled + 1, finished)
    press(page, "a box")
    wait_for_phase(page, "done")


def test_several_pictures_stand_in_the_strip_and_can_be_chosen(
    page: Page,
    address: str,
    square: Path,
) -> None:
    open_page(page, address)
    hand_in(page, square)
    keep_seed(page, 5)
    set_field(page, "Pictures", 3)
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
    page.click("#make")
    wait_for_phase(page, "running")
    wait_for_phase(page, "done")
    assert engine.requests[-1].seed != first, "the setting stays what it was"


def test_a_picture_chosen_in_the_strip_brings_back_all_that_it_was_made_from(
    page: Page, address: str, square: Path, engine: FakeEngine
) -> None:
    open_page(page, address)
    hand_in(page, square)
    keep_seed(page, 5)
    set_field(page, "Steps", 8)
    page.fill("#field-negative_prompt textarea", "a border")
    press(page, "a box")
    wait_for_phase(page, "done")
    drawn = engine.requests[-1].controls[0].map
    page.click(".picture .remove")
    page.click("#tab-draw")
    box = page.locator(".picture canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 60, steps=4)
    page.mouse.up()
    expect(page.locator(".see")).to_be_enabled()
    keep_seed(page, 6)
    set_field(page, "Steps", 4)
    page.fill("#field-negative_prompt textarea", "")
    press(page, "a line")
    wait_for_phase(page, "done")
    page.fill("#prompt textarea", "words that were not made yet")
    page.locator(".film button").nth(1).click()
    expect(page.locator("#prompt textarea")).to_have_value("a box")
    expect(page.locator(".stage .words")).to_contain_text("Seed 5")
    expect(page.locator("#tab-upload")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".see")).to_be_enabled()
    asked = len(engine.requests)
    page.click("#make")
    wait_until(page, lambda: len(engine.requests) == asked + 1)
    request = engine.requests[-1]
    assert (request.prompt, request.seed, request.steps) == ("a box", 5, 8)
    assert request.negative_prompt == "a border"
    assert request.controls[0].map.tobytes() == drawn.tobytes()
    wait_for_phase(page, "done")
    page.click(".stage .back")
    expect(page.locator("#prompt textarea")).to_have_value("words that were not made yet")
    expect(page.locator("#tab-draw")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#field-seed input")).to_have_value("6")


def test_a_result_can_be_used_as_the_next_input(page: Page, address: str, square: Path) -> None:
    open_page(page, address)
    hand_in(page, square)
    press(page, "a box")
    wait_for_phase(page, "done")
    control_map(page)
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
    expect(page.locator(".see")).to_be_enabled()
    page.wait_for_function("document.querySelector('.stage .shown').complete")
    assert_colour(shown(page), 0.5, 0.5, colour_of(3))
    assert len(engine.requests) == made
    for _ in range(2):
        page.click("#make")
        wait_for_phase(page, "running")
        wait_for_phase(page, "done")
    first, second = engine.requests[made:]
    assert first.seed != second.seed, "every press makes another picture"
