"""The last minute: a countdown in the server's time, a form that closes, words that stay."""

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from gallery.database.tables import ScheduleChange
from gallery.event.event import Event
from tests.gallery.conftest import Clock
from tests.gallery.pages.submit.conftest import Place
from tests.gallery.pages.submit.test_in_browser import begin, said, saved
from tests.gallery.summer import NOW

pytestmark = [pytest.mark.slow, pytest.mark.browser]
COUNTED = re.compile(r"^\d\d:\d\d:\d\d left$")
WRONG_CLOCK = """
const real = Date;
globalThis.Date = class extends real {
  constructor(...given) { given.length ? super(...given) : super(real.now() + 5 * 3600e3); }
  static now() { return real.now() + 5 * 3600e3; }
};
"""


class Running(Clock):
    """Passes from `run` on."""

    since: float | None = None

    def __call__(self) -> datetime:
        passed = 0.0 if self.since is None else time.monotonic() - self.since
        return self.now + timedelta(seconds=passed)

    def run(self, until: datetime, *, seconds: float) -> None:
        """So many seconds are left."""
        self.now, self.since = until - timedelta(seconds=seconds), time.monotonic()


@pytest.fixture
def clock() -> Running:
    return Running(NOW)


def move(place: Place, by: timedelta) -> None:
    was = place.gallery.current.deadline
    with place.gallery.database.writing() as session:
        row = ScheduleChange(event="summer", what="deadline", at=place.clock(), reason="Rain.")
        row.deadline, row.moved_from, row.file_deadline = was + by, was, was
        session.add(row)
        session.commit()


def open_submit(place: Place, page: Page) -> None:
    place.sign_in(page, "ada-l")
    page.goto(f"{place.address}/submit?event=summer")
    page.locator("#head h1").wait_for()


def left(page: Page) -> int:
    """Seconds that the page says are left."""
    shown = page.locator("#deadline .countdown")
    expect(shown).to_have_text(COUNTED)
    hours, minutes, seconds = map(int, shown.inner_text().split()[0].split(":"))
    return 3600 * hours + 60 * minutes + seconds


def test_it_counts_in_the_servers_time_whatever_this_machines_clock_says(
    place: Place, page: Page, clock: Running, event: Event
) -> None:
    page.add_init_script(WRONG_CLOCK)
    clock.run(event.deadline, seconds=3 * 3600)
    open_submit(place, page)
    shown = left(page)
    real = (event.deadline - clock()).total_seconds()
    assert abs(shown - real) < 60, "not five hours"
    expect(page.locator("#deadline")).to_contain_text("14:00 in Paris (12:00 UTC)")
    expect(page.locator("#head .countdown")).to_have_text(COUNTED)
    expect(page.locator("#deadline .countdown")).to_have_attribute("role", "timer")
    found = Axe().run(page, context="#deadline")
    assert found.violations_count == 0, found.generate_report()


def test_it_goes_on_by_itself_without_moving_what_stands_beside(
    place: Place, page: Page, clock: Running, event: Event
) -> None:
    clock.run(event.deadline, seconds=3600)
    page.goto(f"{place.address}/summer/event")
    shown = page.locator(".top .countdown")
    expect(shown).to_have_text(COUNTED)
    before, box = shown.inner_text(), shown.bounding_box()
    expect(shown).not_to_have_text(before)
    after = shown.bounding_box()
    assert box is not None
    assert after is not None
    assert (box["x"], box["width"]) == (after["x"], after["width"])


def test_a_moved_deadline_is_followed_by_an_open_page(
    place: Place, page: Page, clock: Running, event: Event
) -> None:
    clock.run(event.deadline, seconds=200)
    open_submit(place, page)
    assert left(page) <= 200
    move(place, timedelta(hours=2))
    expect(page.locator("#deadline .countdown")).to_have_text(
        re.compile(r"^0[12]:\d\d:\d\d left$"), timeout=60_000
    )


@pytest.fixture
def lonely(browser: Browser) -> Iterator[Page]:
    """Errors on its console are part of it, since its connection is lost."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def test_the_form_closes_itself_and_what_was_not_taken_can_be_copied(
    place: Place, lonely: Page, clock: Running, event: Event
) -> None:
    page = lonely
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_submit(place, page)
    begin(page)
    page.get_by_label("In one sentence").fill("In time.")
    saved(page)
    clock.run(event.deadline, seconds=20)
    page.route("**/submit/gradio_api/queue/join*", lambda route: route.abort())
    page.route("**/healthz", lambda route: route.abort())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#deadline .countdown")).to_have_text(COUNTED, timeout=60_000)
    page.get_by_label("In one sentence").fill("A second too late.")
    expect(page.locator("#deadline .countdown")).to_have_text("closed", timeout=60_000)
    rescued = page.get_by_label("What was not taken, to copy")
    expect(rescued).to_have_value(re.compile("A second too late."))
    expect(page.locator(".keeper-words")).to_contain_text("Time is up")
    expect(page.locator(".countdown-said")).to_have_text("Handing in is closed")
    page.get_by_role("button", name="Copy it").click()
    assert "A second too late." in page.evaluate("navigator.clipboard.readText()")
    page.unroute_all()
    assert said(place).summary == "In time."


def test_what_is_typed_in_the_last_seconds_is_saved_and_the_form_is_read_only_then(
    place: Place, page: Page, clock: Running, event: Event
) -> None:
    open_submit(place, page)
    begin(page)
    saved_words = page.locator(".keeper-words")
    clock.run(event.deadline, seconds=25)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_label("In one sentence").fill("In the last seconds.")
    expect(saved_words).to_contain_text("Time is up", timeout=60_000)
    expect(page.locator("#standing")).to_contain_text("Handing in closed", timeout=60_000)
    expect(page.get_by_label("In one sentence")).to_be_disabled()
    expect(page.get_by_label("What was not taken, to copy")).to_be_hidden()
    assert said(place).summary == "In the last seconds."
