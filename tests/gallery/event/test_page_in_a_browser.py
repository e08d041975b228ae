"""The Event page as people see it: on a phone, in their own time zone, by keyboard and reader."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from gallery.database.connection import Database
from gallery.event.load import SHIPPED, load_event
from gallery.gallery import Gallery
from gallery.practice.event import practice_event
from gallery.settings import Settings
from tests.browser import free_port
from tests.gallery.serving import served

pytestmark = [pytest.mark.slow, pytest.mark.browser]
NOW = datetime(2026, 6, 17, 12, tzinfo=UTC)
PRACTICE = practice_event(load_event(SHIPPED), day=NOW.date())


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("event")
    port = free_port()
    settings = Settings.model_validate(
        {
            "base_url": f"http://127.0.0.1:{port}",
            "data_dir": folder,
            "secret_key": "for tests alone",
        }
    )
    database = Database(settings.database)
    database.migrate()
    gallery = Gallery(settings, database, {PRACTICE.slug: PRACTICE}, lambda: NOW)
    with served(gallery, port) as address:
        yield address
    database.close()


def test_talks_are_in_the_visitors_own_time_zone(browser: Browser, address: str) -> None:
    context = browser.new_context(timezone_id="Asia/Tokyo", locale="en-GB")
    page = context.new_page()
    page.goto(f"{address}/practice/event")
    when = page.locator("#talk-jax-and-controlnet [data-starts]")
    starts = PRACTICE.talks[0].starts.astimezone(UTC)
    assert starts.hour == 16, "1:00 in Tokyo on the next day"
    assert f"{starts.day + 1} {starts:%B}" in when.inner_text()
    assert "01:00" in when.inner_text()
    context.close()


@pytest.mark.parametrize("width", [1440, 820, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_screen_and_is_accessible(
    browser: Browser, address: str, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # pyright: ignore[reportArgumentType]
    )
    page = context.new_page()
    page.goto(f"{address}/practice/event")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".day.today").count() == 1
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()


def test_it_is_whole_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/practice/event")
    assert "18:00 to 18:45" in page.locator("#talk-jax-and-controlnet").inner_text()
    context.close()
