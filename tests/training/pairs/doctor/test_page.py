"""The page of an examination, in Chromium."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.training.pairs.doctor.faults import circles, shuffled, write
from training.pairs.doctor.examining import examine
from training.pairs.doctor.page import write_page

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("pairs") / "shuffled <b>"
    pairs = circles(40)
    write(folder, shuffled(pairs, range(len(pairs))))
    write_page(examine(str(folder)), folder / "check.html")
    return (folder / "check.html").as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_shows_what_is_wrong_to_everybody(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("✕ Stop")
    expect(page.get_by_role("heading", name="Maps and pictures: stop")).to_be_visible()
    assert page.get_by_role("img").evaluate_all("all => all.every(one => one.naturalWidth !== 0)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_it_fits_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
