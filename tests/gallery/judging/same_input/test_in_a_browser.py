"""A sheet in Chromium: fills in place, says what failed, outlives a reload and a closed tab."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from gallery.database.connection import Database
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.judging.same_input.running import running
from gallery.services import Services
from gallery.settings import Settings
from spaces.hub.client import Hub
from tests.browser import Watched, free_port
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub, settings_at
from tests.gallery.judging.chromium import SignIn, address, port_of, sign_in
from tests.gallery.judging.same_input.conftest import Sheets, png
from tests.gallery.judging.same_input.small_demo import SmallDemos, small_demos
from tests.gallery.serving import served
from tests.gallery.watched import paged_hub, small_hub

__all__ = ["address", "paged_hub", "sign_in", "small_hub"]

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def demos() -> Iterator[SmallDemos]:
    with small_demos() as demos:
        yield demos


@pytest.fixture
def settings(tmp_path, small_hub: ServedHub, demos: SmallDemos) -> Settings:
    hosts = [one.removeprefix("http://") for one in (small_hub.address, demos.address)]
    site = f"http://127.0.0.1:{free_port()}"
    found = settings_at(small_hub, base_url=site, data_dir=tmp_path / "data")
    return found.model_copy(update={"reachable_private_hosts": hosts})


@pytest.fixture
def gallery(
    settings: Settings, database: Database, event: Event, clock: Clock, small_hub: ServedHub
) -> Gallery:
    gallery = Gallery(settings, database, {event.slug: event}, clock, keep_seconds=0)
    vars(gallery)["hub"] = Hub(small_hub.address, retries=0)
    return gallery


@pytest.fixture
def site(
    gallery: Gallery, same_input: Sheets, small_hub: ServedHub, demos: SmallDemos
) -> Iterator[str]:
    """The second demo refuses; the third answers like the first."""
    for number, demo in enumerate(same_input.jury.demos):
        small_hub.hub.add_space(
            same_input.space_of(demo), host=f"{demos.address}/demo-{number}", runtime="RUNNING"
        )
    demos.manners["demo-1"] = "refuses"
    services = Services(gallery)
    with running(services.same_input), served(gallery, port_of(gallery), services) as address:
        yield address


def begin(page: Page, site: str) -> str:
    """Fills in the form; gives the sheet's address."""
    page.goto(f"{site}/summer/jury")
    page.get_by_role("link", name="Same input for all").click()
    page.get_by_label("The words").fill("a red fish")
    page.get_by_label("Picture of a fish").check()
    page.get_by_role("button", name="Run on all").click()
    page.wait_for_url("**/jury/same-input/*")
    return page.url


def test_tiles_fill_in_place_and_a_failing_demo_has_a_tile(
    sign_in: SignIn, site: str, demos: SmallDemos
) -> None:
    demos.open.clear()
    context = sign_in("juror")
    page, watched = context.new_page(), Watched()
    watched.watch(page)
    address = begin(page, site)
    expect(page.locator(".tiles > li.failed")).to_have_count(1)  # it needs no picture to refuse
    expect(page.locator(".tiles > li.under-way")).to_have_count(2)
    failed = page.locator(".tiles > li.failed")
    expect(failed).to_contain_text("Refused")
    expect(failed).to_contain_text("out of <b>memory</b>")
    page.evaluate("document.querySelector('.tiles > li.failed').marked = true")
    page.reload()
    expect(page.locator(".tiles > li.under-way")).to_have_count(2)
    page.evaluate("document.querySelector('.tiles > li.failed').marked = true")
    assert Axe().run(page).violations_count == 0
    demos.open.set()
    expect(page.locator(".tiles > li.made img")).to_have_count(2)
    expect(page.get_by_text("2 of 3 demos made a picture")).to_be_visible()
    assert page.evaluate("document.querySelector('.tiles > li.failed').marked"), "it was left alone"
    for picture in page.locator(".tiles > li.made img").all():
        expect(picture).to_have_js_property("naturalWidth", 64)
    assert Axe().run(page).violations_count == 0
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    demos.manners.clear()
    page.get_by_role("button", name="Run again what failed").click()
    expect(page.locator(".tiles > li.made")).to_have_count(3)
    page.goto(address)
    expect(page.get_by_text("3 of 3 demos made a picture")).to_be_visible()
    expect(page.get_by_role("button", name="Run again what failed")).to_be_hidden()
    assert watched.errors == []
    assert watched.strangers == []


def test_a_closed_tab_loses_nothing(sign_in: SignIn, site: str, demos: SmallDemos) -> None:
    demos.open.clear()
    context = sign_in("juror")
    page = context.new_page()
    address = begin(page, site)
    page.close()
    demos.open.set()
    page = context.new_page()
    page.goto(address)
    expect(page.locator(".tiles > li.made")).to_have_count(2)


def test_it_is_stopped_by_a_press(sign_in: SignIn, site: str, demos: SmallDemos) -> None:
    demos.open.clear()
    page = sign_in("juror").new_page()
    begin(page, site)
    expect(page.locator(".tiles > li.under-way")).to_have_count(2)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped. What was made by then is kept.")).to_be_visible()
    expect(page.locator(".tiles > li.failed")).to_have_count(3)
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete the sheet").click()
    expect(page.get_by_text("The sheet is deleted.")).to_be_visible()


def test_a_picture_of_one_s_own_and_a_choice_of_demos(
    sign_in: SignIn, site: str, demos: SmallDemos, same_input: Sheets
) -> None:
    page = sign_in("organiser").new_page()
    page.goto(f"{site}/summer/organise/jury")
    page.get_by_role("link", name="Same input for all").click()
    page.get_by_label("The words").fill("مدينة من خطوط")
    page.get_by_label("Or one of your own").set_input_files(
        {"name": "mine.png", "mimeType": "image/png", "buffer": png("navy")}
    )
    for box in page.locator("[name=demo]").all()[1:]:
        box.uncheck()
    page.get_by_role("button", name="Run on all").click()
    expect(page.locator(".tiles > li.made")).to_have_count(1)
    assert demos.heard["demo-0"][1] == "مدينة من خطوط"
    expect(page.locator(".input img")).to_have_js_property("naturalWidth", 32)


@pytest.mark.parametrize("width", [390, 1440])
def test_it_fits_a_phone_and_can_be_used_by_a_screen_reader(
    sign_in: SignIn, site: str, same_input: Sheets, width: int
) -> None:
    sheet = same_input.make("juror", prompt="Pictures-of-small-things-which-nobody-has-drawn" * 8)
    page = sign_in("juror").new_page()
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("", f"/{sheet}"):
        page.goto(f"{site}/summer/jury/same-input{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
