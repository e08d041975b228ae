"""What is typed is not lost: without a connection, with a mistake in it, by a key that removes."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.gallery.pages.submit.conftest import Place
from tests.gallery.pages.submit.test_in_browser import begin, said, saved, to_the_story

pytestmark = [pytest.mark.slow, pytest.mark.browser]
CALLS = "**/submit/gradio_api/queue/*"


@pytest.fixture
def page(browser: Browser, place: Place) -> Iterator[Page]:
    """With a draft begun; errors on the console are part of it, since connections are lost."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    place.sign_in(page, "ada-l")
    page.goto(f"{place.address}/submit?event=summer")
    begin(page)
    page.get_by_label("In one sentence").fill("At first.")
    saved(page)
    yield page
    context.close()


def words(page: Page, sentence: str) -> None:
    expect(page.locator(".keeper-words")).to_contain_text(sentence, timeout=60_000)


def leaving(page: Page, leave: Callable[[], object]) -> list[str]:
    """The dialogs that `leave` brings; each is answered with staying."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    leave()
    page.remove_listener("dialog", stay)
    return asked


def close(page: Page) -> None:
    with page.expect_event("dialog"):
        page.close(run_before_unload=True)


def test_what_is_typed_without_a_connection_is_saved_when_it_is_back(
    place: Place, page: Page
) -> None:
    page.context.set_offline(True)
    sentence = page.get_by_label("In one sentence")
    sentence.press("End")
    sentence.press_sequentially(" Typed offline.")
    words(page, "Not saved: no connection; trying again")
    expect(page.locator('[data-status="saved"] .keeper-words')).to_have_count(0)
    assert leaving(page, lambda: close(page)) == ["beforeunload"]
    page.context.set_offline(False)
    expect(page.locator('[data-status="saved"] .keeper-words')).to_be_visible(timeout=60_000)
    assert said(place).summary == "At first. Typed offline."


def test_a_page_that_gradio_has_given_up_is_loaded_again_with_what_was_typed(
    place: Place, page: Page
) -> None:
    page.route(CALLS, lambda route: route.abort())
    page.route("**/healthz", lambda route: route.abort())
    # A call of the page itself, which nobody asks first whether the connection is there.
    page.get_by_role("button", name="Continue to the story").click()
    expect(page.get_by_text("Attempting reconnection")).to_be_visible()
    page.get_by_label("In one sentence").fill("Typed after that.")
    tags = page.get_by_label("Tags")
    tags.fill("late")
    tags.press("Enter")
    words(page, "Not saved: no connection; trying again")
    page.unroute(CALLS)
    with page.expect_navigation(timeout=60_000):  # the longest pause between two tries is 30 s
        page.unroute("**/healthz")
    expect(page.get_by_label("In one sentence")).to_have_value("Typed after that.")
    expect(page.locator('[data-status="saved"] .keeper-words')).to_be_visible(timeout=60_000)
    assert said(place).summary == "Typed after that."
    assert "late" in said(place).tags


def test_one_wrong_field_keeps_no_other_from_being_saved(place: Place, page: Page) -> None:
    to_the_story(page)
    page.get_by_label("Links").fill("nonsense")
    story = page.get_by_label("The story")
    story.click()
    story.press_sequentially("We drew.")
    expect(page.locator(".keeper-problem")).to_contain_text("a link must be")
    words(page, "All but this is saved")
    assert leaving(page, lambda: close(page)) == ["beforeunload"]
    assert said(place).description == "We drew."
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    to_the_story(page)
    expect(page.get_by_label("Links")).to_have_value("nonsense")
    page.get_by_label("Links").fill("Code https://example.org/code")
    expect(page.locator('[data-status="saved"] .keeper-words')).to_be_visible(timeout=60_000)
    assert said(place).links[0].label == "Code"


def test_an_entry_that_backspace_takes_away_is_gone(place: Place, page: Page) -> None:
    assert said(place).models == ("ada-l/scribble-net",)
    page.get_by_label("Models").click()
    page.get_by_label("Models").press("Backspace")
    expect(page.locator("#models .token")).to_have_count(0)
    words(page, "Saving…")
    words(page, "Saved 1")
    assert said(place).models == ()
