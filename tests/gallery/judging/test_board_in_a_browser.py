"""The board in a browser: a plan fills in by itself, folds open where a task leads, tables sort."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect

from gallery.actor import Actor
from gallery.gallery import Gallery
from gallery.judging.background import plans
from tests.gallery.judging.chromium import enter, settings
from tests.gallery.judging.conftest import Jury
from tests.gallery.serving import served

__all__ = ["settings"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.parametrize("address", ["sqlite"], indirect=True),
]


@pytest.fixture
def page(
    browser: Browser, gallery: Gallery, jury: Jury, person: Callable[[str], Actor]
) -> Iterator[Page]:
    """An organiser on a phone; a mistake of the page's script fails the test."""
    base = gallery.settings.base_url
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, base_url=base, reduced_motion="reduce"
    )
    enter(context, gallery, person("organiser"))
    page = context.new_page()
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.on("console", lambda said: mistakes.append(said.text) if said.type == "error" else None)
    with served(gallery, int(base.rpartition(":")[2])):
        yield page
        context.close()
    assert mistakes == []


def test_a_plan_fills_in_by_itself(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "task_for", partial(plans.task_for, juries=4))
    page.goto("/summer/organise/jury/plan")
    page.get_by_label("Demos").fill("5")
    page.get_by_label("Jurors").fill("2")
    page.get_by_role("button", name="Simulate").click()
    expect(page.locator("#plan circle")).to_have_count(4, timeout=120_000)
    expect(page.locator("[data-fill]")).to_have_count(0, timeout=120_000)
    expect(page.get_by_role("status")).to_contain_text("the winner is right in")
    chart = page.get_by_role("img")
    expect(chart).to_be_visible()
    page.get_by_text("As a table").click()
    expect(page.locator("#plan-table tbody tr")).to_have_count(2)


def test_a_task_leads_into_the_fold_where_it_is_done(page: Page) -> None:
    page.goto("/summer/organise/jury")
    expect(page.locator("#hand-out")).to_be_hidden()
    page.get_by_role("link", name="Hand out again").click()
    expect(page.locator("#hand-out")).to_be_visible()


def test_jurors_sort_by_what_is_left_and_nothing_is_cut_off(page: Page) -> None:
    page.goto("/summer/organise/jury")
    left = page.locator("#jurors-table th button", has_text="Left")
    left.click()
    left.click()
    first = page.locator("#jurors-table tbody tr").first
    expect(first.locator("td").nth(2)).to_have_text("3")
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
