"""The demo on the embedded model: what `make run` serves."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from inference.png import read_parameters, read_recipe
from spaces.demo.embedded import demo_config
from spaces.demo.examples import SCENES, examples
from spaces.demo.examples.drawings import draw
from spaces.demo.requests import control_map
from tests.browser import free_port
from tests.fake_engine import FakeEngine
from tests.spaces.demo.conftest import PLACES
from tests.spaces.demo.visitor import set_field

ROOT = Path(__file__).parents[3]
UNDER_WAY = "document.querySelector('.stage .words').textContent.startsWith('Step')"
MOST = 50
"""The steps that the embedded model's sampler takes at most."""
WARM = 300_000
"""Milliseconds that compiling may take on a slow machine."""


def red_share(image: Image.Image) -> float:
    """The part of a picture's colourful pixels that are red."""
    pixels = np.asarray(image.convert("HSV"), np.int16)
    hue, saturation, value = (pixels[..., i] for i in range(3))
    colourful = (saturation > 110) & (value > 90)
    red = colourful & ((hue < 16) | (hue > 236))
    return red.sum() / max(1, colourful.sum())


def test_every_scene_has_its_two_pictures_and_they_are_small() -> None:
    for example, scene in zip(examples(), SCENES, strict=True):
        assert example.picture.stat().st_size < 60_000, scene.name
        assert example.result.stat().st_size < 400_000, scene.name


def test_a_scenes_picture_is_what_the_code_draws() -> None:
    for scene in SCENES:
        with Image.open(scene.picture) as kept:
            drawn = np.asarray(draw(scene.name), np.int16)
            assert np.abs(np.asarray(kept.convert("RGB"), np.int16) - drawn).max() <= 2, scene.name


def test_a_result_was_made_from_its_scene_and_carries_its_map() -> None:
    for example in examples():
        recipe = read_recipe(example.result)
        assert recipe is not None
        request = recipe.request()
        assert (request.prompt, request.seed) == (example.prompt, example.seed)
        (control,) = request.controls
        annotator = recipe.parameters["controls"][0]["annotator"]
        drawn = control_map(str(example.picture), annotator, control.map.size)
        assert np.array_equal(np.asarray(control.map), np.asarray(drawn)), example.prompt


def test_a_model_without_controlnet_gets_a_page_for_words_alone() -> None:
    config = demo_config("owner/model", FakeEngine(controls=()).info)
    assert config.control is None


def test_a_depth_controlnet_reads_drawings_as_it_reads_photos() -> None:
    config = demo_config("owner/model", FakeEngine(controls=("depth",)).info)
    assert (config.annotator, config.drawing_annotator) == ("depth", "depth")


@pytest.mark.slow
def test_an_unknown_model_ends_with_one_sentence_and_code_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spaces", "--model", "/nowhere/at/all"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert "/nowhere/at/all" in done.stderr


@pytest.fixture(scope="module", params=PLACES)
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """`python -m spaces`, which makes its pictures, or has them made by a service."""
    port = free_port()
    elsewhere: dict[str, str] = {}
    if request.param == "over HTTP":
        service = request.getfixturevalue("service")
        elsewhere = {"INFERENCE_URL": service.url, "INFERENCE_KEY": service.key}
    process = subprocess.Popen(
        [sys.executable, "-m", "spaces", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1", **elsewhere},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(1800):
            if process.poll() is not None:
                pytest.fail(f"the demo ended: {process.stdout and process.stdout.read()}")
            try:
                httpx.get(url, timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=120)


@pytest.mark.slow
@pytest.mark.browser
def test_a_drawn_apple_becomes_red_step_by_step(page: Page, address: str, tmp_path: Path) -> None:
    page.goto(address)
    page.set_input_files("#picture input[type=file]", SCENES[0].picture)
    expect(page.locator(".see")).to_be_enabled()
    page.wait_for_function("document.querySelector('.note').textContent === ''", timeout=WARM)
    set_field(page, "Steps", 40)
    page.fill("#prompt textarea", "a red apple, flat icon")
    page.click("#make")
    page.wait_for_function(UNDER_WAY, timeout=WARM)
    page.wait_for_selector(".stage[data-phase=done]", timeout=WARM)
    expect(page.locator(".stage .words")).to_have_text(re.compile(r"Seed \d+ · \d+ steps"))
    with page.expect_download() as download:
        page.click(".stage .save")
    download.value.save_as(tmp_path / "apple.png")
    with Image.open(tmp_path / "apple.png") as image:
        assert image.size == (512, 512)
        assert red_share(image) > 0.6
    parameters = read_parameters(tmp_path / "apple.png")
    assert parameters is not None
    assert parameters["model"] == "embedded"


@pytest.mark.slow
@pytest.mark.browser
def test_an_offered_umbrella_is_painted_from_its_name_alone(
    page: Page, address: str, tmp_path: Path
) -> None:
    page.goto(address)
    page.locator(".tries button").first.click()
    expect(page.locator("#prompt textarea")).to_have_value("a red umbrella, flat icon")
    page.wait_for_function("document.querySelector('.note').textContent === ''", timeout=WARM)
    page.click("#make")
    page.wait_for_selector(".stage[data-phase=done]", timeout=WARM)
    expect(page.locator(".stage .compare")).to_be_disabled()
    with page.expect_download() as download:
        page.click(".stage .save")
    download.value.save_as(tmp_path / "umbrella.png")
    with Image.open(tmp_path / "umbrella.png") as image:
        assert red_share(image) > 0.6
    assert "controls" not in (read_parameters(tmp_path / "umbrella.png") or {})


@pytest.mark.slow
@pytest.mark.browser
def test_stop_stops_the_real_model(page: Page, address: str) -> None:
    page.goto(address)
    page.set_input_files("#picture input[type=file]", SCENES[0].picture)
    expect(page.locator(".see")).to_be_enabled()
    page.wait_for_function("document.querySelector('.note').textContent === ''", timeout=WARM)
    set_field(page, "Steps", MOST)
    page.fill("#prompt textarea", "a red apple, flat icon")
    page.click("#make")
    # Pressed in the very moment: all steps take a second on an idle machine.
    page.wait_for_function(f"{UNDER_WAY} && !document.querySelector('#stop').click()", timeout=WARM)
    expect(page.locator(".stage .words")).to_contain_text("Stopped at step", timeout=60_000)
    set_field(page, "Steps", 4)
    page.click("#prompt textarea")
    page.click("#make")
    page.wait_for_selector(".stage[data-phase=done]", timeout=WARM)
