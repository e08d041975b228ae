"""What can be done with pictures once they are made: hearts, all of them as one file."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from inference.png import read_parameters
from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from spaces.demo.widgets import FOLDER
from tests.fake_engine import FakeEngine
from tests.spaces.demo.test_page_kept import frames, kept
from tests.spaces.demo.visitor import keep_seed, open_page, press, set_field, wait_for_phase

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CONFIG = DemoConfig(
    title="Afterwards",
    description="It stays.",
    control="canny",
    words_alone=True,
    live=True,
    first="draw",
)


@pytest.fixture(scope="module")
def address(served: Callable[..., str]) -> str:
    return served(build_demo(CONFIG, FakeEngine()))


def make_three(page: Page, prompt: str = "a box") -> None:
    """Of seeds 5, 6 and 7; the first is shown."""
    set_field(page, "Pictures", 3)
    keep_seed(page, 5)
    press(page, prompt)
    wait_for_phase(page, "done")
    frames(page, 3)
    kept(page)


def downloaded(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.click(button)
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_a_heart_survives_a_reload_and_a_filter_shows_hearts_alone(
    page: Page, address: str
) -> None:
    open_page(page, address)
    expect(page.locator(".heart")).to_be_hidden()
    make_three(page)
    expect(page.locator(".hearts")).to_be_hidden()
    page.locator(".film button").nth(1).click()
    expect(page.locator(".stage .words")).to_contain_text("Seed 6")
    page.locator(".heart").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".heart")).to_have_attribute("aria-pressed", "true")
    page.reload()
    frames(page, 3)
    hearted = page.get_by_role("button", name="a box, seed 6, with a heart", exact=True)
    expect(hearted).to_have_attribute("aria-pressed", "true")
    page.locator(".hearts").focus()
    page.keyboard.press("Space")
    frames(page, 1)
    assert Axe().run(page).violations_count == 0
    page.click(".heart")
    frames(page, 3)
    expect(page.locator(".hearts")).to_be_hidden()


def test_hearts_are_spared_when_the_rest_is_forgotten(page: Page, address: str) -> None:
    open_page(page, address)
    make_three(page)
    page.click(".heart")
    expect(page.locator(".forget")).to_have_text("Forget the rest")
    page.click(".forget")
    frames(page, 1)
    page.click(".forget")
    frames(page, 3)
    seeds = [called.get_attribute("aria-label") for called in page.locator(".film button").all()]
    assert seeds == ["a box, seed 5, with a heart", "a box, seed 6", "a box, seed 7"]
    page.click(".forget")
    kept(page)
    page.reload()
    frames(page, 1)
    expect(page.locator(".film button")).to_have_class("hearted")


ADD = """async ([count, bytes, heart, from]) => {
    const kept = await window.sprint_offers.keeping.promise;
    for (let at = from; at < from + count; at++) {
        const id = `picture-${String(at).padStart(3, "0")}`;
        const blob = new Blob([new Uint8Array(bytes)]);
        await kept.add({ id, at, heart, settings: {}, prompt: "", seed: 0, blob });
    }
    await kept.tidy();
    return (await kept.all()).map((picture) => picture.id);
}"""


def test_what_has_a_heart_stays_when_the_strip_is_full_and_hearts_are_bounded(
    page: Page, address: str
) -> None:
    open_page(page, address)
    page.evaluate(ADD, [2, 1000, True, 0])
    left = page.evaluate(ADD, [110, 1000, False, 2])
    assert left == ["picture-000", "picture-001", *(f"picture-{at:03}" for at in range(14, 112))]
    left = page.evaluate(ADD, [5, 29e6, False, 200])
    assert left == ["picture-000", "picture-001", "picture-203", "picture-204"]
    put = "id => window.sprint_offers.keeping.promise.then((kept) => kept.heart(id, true))"
    assert page.evaluate(put, "picture-203") is True
    assert page.evaluate(put, "picture-204") is True
    page.evaluate(ADD, [1, 3e6, False, 300])
    assert page.evaluate(put, "picture-300") is False, "60 MB of hearts are all there is room for"
    page.evaluate(
        """ids => window.sprint_offers.keeping.promise.then(async (kept) => {
            for (const id of ids) await kept.heart(id, false);
        })""",
        ["picture-203", "picture-204"],
    )
    page.evaluate(ADD, [58, 1000, True, 400])
    page.evaluate(ADD, [1, 1000, False, 500])
    assert page.evaluate(put, "picture-500") is False, "and sixty of them"


def test_all_pictures_are_saved_as_one_file_each_as_save_gives_it(
    page: Page, address: str, tmp_path: Path
) -> None:
    open_page(page, address)
    make_three(page, "a château: “été”")
    single: dict[str, bytes] = {}
    for index in range(3):
        page.locator(".film button").nth(index).click()
        expect(page.locator(".stage .words")).to_contain_text(f"Seed {5 + index}")
        name, content = downloaded(page, ".save")
        single[name] = content
    name, content = downloaded(page, ".save-all")
    assert name == "Afterwards.zip"
    with ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {entry.compress_type for entry in archive.infolist()} == {ZIP_STORED}
        assert {name: archive.read(name) for name in archive.namelist()} == single
        archive.extractall(tmp_path)
    told = [read_parameters(tmp_path / name) or {} for name in single]
    assert [one["seed"] for one in told] == [5, 6, 7]
    with Image.open(tmp_path / next(iter(single))) as image:
        assert "trainedAlgorithmicMedia" in image.info["XML:com.adobe.xmp"]
    page.click(".heart")
    page.click(".hearts")
    frames(page, 1)
    expect(page.locator(".save-all")).to_be_hidden()
    page.click(".hearts")
    page.locator(".film button").nth(0).click()
    page.click(".heart")
    page.click(".hearts")
    frames(page, 2)
    _, content = downloaded(page, ".save-all")
    with ZipFile(BytesIO(content)) as archive:
        assert archive.namelist() == [*single][::2]


NAMED = {
    "a-box-seed-5.png": "a-box-seed-5.png",
    "A-BOX-seed-5.png": "A-BOX-seed-5-2.png",
    "../../etc/passwd": "etc-passwd",
    "C:\\Windows\\x.png": "C-Windows-x.png",
    "..": "picture.png",
    "": "picture-2.png",
    "....png": "picture-3.png",
    "nul\0\n.png": "nul.png",
    "Schloß 赤い城 🏰.png": "Schloß-赤い城.png",
    "x" * 300 + ".png": "x" * 80 + ".png",
    "‮gnp.exe": "gnp.exe",
}
"""What strangers call files, and what they are called in the archive."""


def test_no_name_in_the_archive_is_a_path_or_comes_twice(page: Page) -> None:
    script = (FOLDER / "zip.js").read_text("utf-8")
    content = page.evaluate(
        f"""async (names) => {{
            {script}
            const files = names.map((name) => ({{ name, at: 0, blob: new Blob([name]) }}));
            const zip = await zip_of(files);
            return [...new Uint8Array(await zip.arrayBuffer())];
        }}""",
        list(NAMED),
    )
    with ZipFile(BytesIO(bytes(content))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(NAMED.values())
        assert [archive.read(name).decode() for name in archive.namelist()] == list(NAMED)
    refused: Any = page.evaluate(
        f"""async () => {{
            {script}
            const blob = new Blob(["x"]);
            const file = {{ name: "x", at: 0, blob }};
            return zip_of(Array(70000).fill(file)).catch((error) => error.name);
        }}"""
    )
    assert refused == "RangeError"
