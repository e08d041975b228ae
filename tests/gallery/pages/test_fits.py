"""Every page on a phone and on a tablet: a finger meets what it aims at, and nothing is cut off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import Watched, free_port
from tests.gallery.browsing.exhibition import cookie_of
from tests.gallery.pages.town import MEMBER, PAGES, VISITOR, Town, town

pytestmark = [pytest.mark.slow, pytest.mark.browser]
NOWHERE = "/town/nowhere/"
"""Below which there is no page, and one looks at how that is said."""
PHONE, TABLET = {"width": 390, "height": 844}, {"width": 820, "height": 1180}
SMALL, SIDEWAYS = (
    Path(__file__).with_name(name).read_text("utf-8") for name in ("small.js", "sideways.js")
)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town"), free_port()) as made:
        yield made


@pytest.fixture(scope="module")
def looks(browser: Browser, there: Town) -> Iterator[dict[str, Page]]:
    """A page for each who looks, with a touch screen; none may ask for what is not there."""
    contexts, watched = {}, Watched()
    for who in dict.fromkeys(who for who, _ in PAGES):
        contexts[who] = context = browser.new_context(
            viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce"
        )
        if who:
            context.add_cookies([cookie_of(there.gallery, who)])
    pages = {who: context.new_page() for who, context in contexts.items()}
    for page in pages.values():
        watched.watch(page)
    yield pages
    for context in contexts.values():
        context.close()
    asked_for = [error for error in watched.errors if NOWHERE not in error]
    assert asked_for == []


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_a_page_fits_a_finger_and_the_screen(
    there: Town, looks: dict[str, Page], who: str, path: str
) -> None:
    page = looks[who]
    page.set_viewport_size(PHONE)
    page.goto(there.address(path))
    if path.startswith("/submit"):
        words = page.locator(".keeper-words")  # the last of it, and the first time it is built
        expect(words).to_contain_text("save", timeout=60_000)
    assert page.evaluate(SIDEWAYS) == []
    assert page.evaluate(SMALL) == []
    page.set_viewport_size(TABLET)
    assert page.evaluate(SIDEWAYS) == []


STATES = (
    (VISITOR, "/town", ".top nav a[aria-current]", "", "border-bottom-style", "solid"),
    (VISITOR, "/town", ".demo .picture", "", "border-top-style", "solid"),
    (VISITOR, "/town", ".state.live", "::before", "border-top-width", "4px"),
    (VISITOR, "/town", ".state.asleep", "::before", "border-top-width", "2px"),
    (VISITOR, "/town/event", ".lane.on", "::before", "border-left-width", "4px"),
    (VISITOR, "/town/teams", ".tabs a[aria-current]", "", "border-bottom-style", "solid"),
    (MEMBER, "/town/ideas", ".way li.now", "", "border-top-width", "4px"),
    (MEMBER, "/submit?event=town", ".active .step-number", "", "border-top-width", "4px"),
)
"""By whom, where, of what, and how it is seen that it is so."""


@pytest.mark.parametrize(("who", "path", "what", "part", "style", "value"), STATES)
def test_where_the_system_chooses_the_colours_lines_say_what_fills_said(
    there: Town,
    looks: dict[str, Page],
    who: str,
    path: str,
    what: str,
    part: str,
    style: str,
    value: str,
) -> None:
    page = looks[who]
    page.emulate_media(forced_colors="active")
    page.goto(there.address(path))
    element = page.locator(what).first
    element.wait_for()
    ask = "(element, [part, style]) => getComputedStyle(element, part)[style]"
    assert element.evaluate(ask, [part, style]) == value
    page.emulate_media(forced_colors="none")
