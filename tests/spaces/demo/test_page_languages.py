"""The page in other languages: no word of ours stays English, whenever it appears."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from spaces.demo.embedded import PROMPTS, demo_config
from spaces.demo.languages import ENGLISH, LANGUAGES, catalogue
from spaces.demo.page import build_demo
from tests.fake_engine import FakeEngine
from tests.spaces.demo.visitor import draw, hand_in, open_fold, open_page, press, wait_for_phase

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SAID = r"""() => {
    const found = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ALL);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        if (node.nodeType === Node.TEXT_NODE) {
            if (node.parentElement.closest("script, style, textarea")) continue;
            if (node.parentElement.checkVisibility()) found.add(node.data.trim());
        } else if (node.nodeType === Node.ELEMENT_NODE && node.checkVisibility()) {
            for (const name of ["aria-label", "alt", "placeholder", "title"]) {
                found.add((node.getAttribute(name) ?? "").trim());
            }
        }
    }
    return [...found].filter((text) => /[A-Za-z]{2}/.test(text));
}"""
"""All that can be seen or is read aloud."""

NAMES = {"DPM++ 2M", "Euler", "DDIM", "PNG", "GIF", "MB", "Built with Gradio", "logo"}
TECHNICAL = re.compile(r"[a-z]+(_[a-z]+)+(, Karras spacing)?|sampler|steps|annotator")
"""The technical names below the fields' own, which are the same everywhere."""


@pytest.fixture(scope="module")
def address(served: Callable[..., str]) -> str:
    engine = FakeEngine(
        seconds_per_step=0.5, controls=("canny", "scribble", "palette"), upscales=(1, 2)
    )
    config = replace(demo_config("embedded", engine.info), title="TITLE", examples=())
    return served(build_demo(config, engine))


def seen(page: Page, address: str, square: Path, broken: Path) -> set[str]:
    """All that a visitor is told who tries everything."""
    found: set[str] = set()

    def look() -> None:
        found.update(page.evaluate(SAID))

    open_page(page, address)
    look()
    open_fold(page)
    look()
    page.click("#tab-upload")
    page.click("#make")
    wait_for_phase(page, "failed")
    look()
    page.set_input_files("#picture input[type=file]", broken)
    expect(page.locator(".picture .problem")).to_be_visible()
    look()
    hand_in(page, square)
    page.click(".see")
    expect(page.locator(".map-view img")).to_be_visible()
    look()
    press(page, "QWERTY")
    wait_for_phase(page, "running")
    look()
    wait_for_phase(page, "done")
    look()
    page.click(".heart")
    expect(page.locator(".heart")).to_have_attribute("aria-pressed", "true")
    page.click(".against-opener")
    expect(page.locator(".against")).to_be_visible()
    look()
    page.click(".against .close")
    page.click("#make")
    wait_for_phase(page, "running")
    page.click("#stop")
    wait_for_phase(page, "stopped")
    look()
    page.click("#tab-draw")
    draw(page, (0.3, 0.3), (0.7, 0.7))
    look()
    page.click("#tab-camera")
    expect(page.locator(".take")).to_be_enabled()
    look()
    return found


def is_ours(text: str) -> bool:
    own = text in NAMES or TECHNICAL.fullmatch(text) or text in ("TITLE", "QWERTY", *PROMPTS)
    return not own and not set(text.split()) & {"Gradio", "API"}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("broken") / "letter.png"
    file.write_text("Dear visitor")
    return file


def test_whatever_a_visitor_is_told_is_in_every_catalogue(
    browser: Browser, page: Page, address: str, square: Path, broken: Path
) -> None:
    english = sorted(filter(is_ours, seen(page, address, square, broken)))
    assert len(english) > 60
    for language in LANGUAGES[1:]:
        context = browser.new_context(locale=language)
        other = context.new_page()
        open_page(other, address)
        said = other.evaluate("texts => texts.map(sprint_said)", english)
        context.close()
        same = {*catalogue(language).values()}
        missing = [
            text
            for text, own in zip(english, said, strict=True)
            if own is None and text not in same
        ]
        assert not missing, language


@pytest.mark.parametrize(("locale", "lang"), [("de-AT", "de"), ("ja", "ja"), ("zh-TW", "zh-CN")])
def test_no_word_of_the_page_stays_english(
    browser: Browser, address: str, square: Path, broken: Path, locale: str, lang: str
) -> None:
    context = browser.new_context(locale=locale)
    page = context.new_page()
    told = seen(page, address, square, broken)
    assert page.evaluate("document.documentElement.lang") == lang
    left = page.evaluate(
        "texts => texts.filter((text) => ![null, text].includes(sprint_said(text)))", sorted(told)
    )
    context.close()
    assert left == []


def test_what_is_chosen_in_a_field_is_in_the_language_and_asked_for_by_its_english_words(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(locale="de")
    page = context.new_page()
    open_page(page, address)
    open_fold(page)
    field = page.locator("#field-karras input")
    expect(field).to_have_value("Wie das Modell es tut")
    field.click()
    page.get_by_role("option", name="Nein").click()
    expect(field).to_have_value("Nein")
    assert field.evaluate("field => field.value") == "No"
    context.close()


def test_a_number_that_no_map_can_be_read_with_is_told_in_the_language(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    Image.effect_noise((96, 96), 90).convert("RGB").save(tmp_path / "grain.png")
    context = browser.new_context(locale="de")
    page = context.new_page()
    open_page(page, address)
    page.click("#tab-upload")
    hand_in(page, tmp_path / "grain.png")
    open_fold(page)
    page.fill("#field-high_threshold input[type=number]", "480.5")
    told = "„Kanten beginnen bei“ muss eine ganze Zahl von 0 bis 500 sein. Wähle eine davon."
    expect(page.locator(".picture .problem")).to_have_text(told)
    context.close()


def test_a_language_that_it_does_not_speak_gets_english(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="nl-NL")
    page = context.new_page()
    open_page(page, address)
    expect(page.locator("#make")).to_have_text("Make it")
    assert page.evaluate("document.documentElement.lang") == ENGLISH
    context.close()
