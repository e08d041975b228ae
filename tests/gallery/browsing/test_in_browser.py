"""Browsing as people do: typing, opening, trying, liking; on a phone, by keyboard, unscripted."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from gallery.gallery import Gallery
from tests.browser import free_port
from tests.gallery.browsing.exhibition import cookie_of, demo, filled
from tests.gallery.serving import served
from tests.gallery.summer import summer

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    port = free_port()
    with demo() as demo_address:
        address = f"http://127.0.0.1:{port}"
        gallery = filled(tmp_path_factory.mktemp("browse"), summer(), address, demo_address)
        with served(gallery, port):
            yield gallery
        gallery.database.close()


def home(gallery: Gallery) -> str:
    return f"{gallery.settings.base_url}/summer"


def test_a_visitor_searches_as_they_type_and_shares_the_address(page: Page, shown: Gallery) -> None:
    page.goto(home(shown))
    cards = page.locator(".demo")
    expect(cards).to_have_count(24)
    box = page.get_by_role("searchbox")
    box.press_sequentially("apples to", delay=30)
    expect(cards).to_have_count(1)
    expect(box).to_be_focused()
    expect(page).to_have_url(f"{home(shown)}?q=apples+to")
    expect(page.locator("#said")).to_have_text("1 demo for “apples to”")
    box.fill("zebra")
    expect(page.get_by_role("heading", name="Nothing found for “zebra”")).to_be_visible()
    page.get_by_role("link", name="Show every demo").click()
    expect(cards).to_have_count(24)
    expect(box).to_have_value("")


def test_only_the_newest_search_is_shown(page: Page, shown: Gallery) -> None:
    page.goto(home(shown))
    held = []
    # The answer to the first one never comes.
    page.route("**/found?q=apples", lambda route: held.append(route))
    box = page.get_by_role("searchbox")
    box.fill("apples")
    page.wait_for_timeout(400)
    box.fill("zebra")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert held
    expect(page).to_have_url(f"{home(shown)}?q=zebra")


def test_filters_orders_and_pages_work_in_place_and_back_undoes_them(
    page: Page, shown: Gallery
) -> None:
    page.goto(home(shown))
    page.locator("[data-chip=control] summary").click()
    choice = page.locator("[data-chip=control] li a").first
    value = choice.locator("span").first.inner_text()
    choice.click()
    chip = page.locator("[data-chip=control] summary")
    expect(chip).to_contain_text(value)
    expect(chip).to_be_focused()
    page.go_back()
    expect(page.locator(".demo")).to_have_count(24)
    page.locator("[data-chip=sort] summary").click()
    page.get_by_role("link", name="Most liked here").click()
    expect(page.locator(".demo .likes").first).to_contain_text("29")
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".demo")).to_have_count(6)
    page.locator("[data-chip=sort] summary").click()
    page.keyboard.press("Escape")
    expect(page.locator("[data-chip=sort]")).not_to_have_attribute("open", "")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_the_second_picture_comes_on_hover_and_not_before(page: Page, shown: Gallery) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{home(shown)}?q=apples+to")
    page.wait_for_load_state("networkidle")
    second = page.locator(".demo .second")
    address = second.get_attribute("src")
    assert address is not None
    assert not any(url.endswith(address) for url in asked)
    page.locator(".demo").hover()
    expect(second).to_be_visible()


def test_a_visitor_opens_a_card_tries_the_demo_and_goes_back_to_the_pictures(
    page: Page, shown: Gallery
) -> None:
    page.goto(f"{home(shown)}?q=apples+to")
    page.get_by_role("link", name="Apples to try").click()
    expect(page.locator("h1")).to_contain_text("Apples to try")
    assert page.locator("iframe").count() == 0
    page.get_by_role("button", name="Try it").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading")).to_have_text("The demo runs")
    sandbox = page.locator("iframe").get_attribute("sandbox") or ""
    assert "allow-top-navigation" not in sandbox
    page.get_by_role("button", name="Back to the pictures").click()
    assert page.locator("iframe").count() == 0
    expect(page.get_by_role("button", name="Try it")).to_be_focused()


def test_the_light_box_works_by_keyboard(page: Page, shown: Gallery) -> None:
    page.goto(f"{home(shown)}/submissions/1")
    page.locator(".samples a").first.focus()
    page.keyboard.press("Enter")
    box = page.get_by_role("dialog")
    expect(box).to_contain_text("1 of 6")
    page.keyboard.press("ArrowRight")
    expect(box).to_contain_text("2 of 6")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(box).to_contain_text("6 of 6")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(page.locator(".samples a").first).to_be_focused()


def test_back_closes_the_light_box_and_stays_on_the_page(page: Page, shown: Gallery) -> None:
    page.goto(home(shown))
    page.goto(f"{home(shown)}/submissions/1")
    box = page.get_by_role("dialog")
    for close in (page.go_back, lambda: page.keyboard.press("Escape")):
        page.locator(".samples a").first.click()
        expect(box).to_be_visible()
        close()
        expect(box).to_be_hidden()
        expect(page).to_have_url(f"{home(shown)}/submissions/1")
        page.wait_for_function("!history.state")  # the picture's own entry is gone, too
    page.go_back()
    expect(page).to_have_url(home(shown))


def test_a_demo_that_one_has_opened_is_marked(page: Page, shown: Gallery) -> None:
    page.goto(f"{home(shown)}?sort=title")
    opened = page.locator(".demo").first
    expect(opened).not_to_have_class("demo seen")
    opened.get_by_role("link").click()
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.locator(".around")).to_contain_text("2 of ")
    page.get_by_role("link", name="All demos").click()
    expect(page.locator(".demo.seen")).to_have_count(2)


def test_who_is_signed_in_likes_without_a_reload(page: Page, shown: Gallery) -> None:
    page.goto(f"{home(shown)}/submissions/2")
    expect(page.get_by_role("link", name="sign in to like it")).to_be_visible()
    page.context.add_cookies([cookie_of(shown, "ada-l")])  # pyright: ignore[reportArgumentType]
    page.reload()
    button = page.get_by_role("button", name="Like this demo")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_contain_text("♥ 1")
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("path", ["", "?q=zebra", "/submissions/1", "/submissions/3"])
def test_pages_fit_every_screen_and_are_accessible(
    browser: Browser, shown: Gallery, path: str
) -> None:
    for width, scheme in ((1440, "light"), (820, "dark"), (390, "light"), (390, "dark")):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # pyright: ignore[reportArgumentType]
        )
        page = context.new_page()
        page.goto(home(shown) + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        context.close()


def test_on_a_phone_the_facts_fold_and_filters_come_from_below(
    browser: Browser, shown: Gallery
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{home(shown)}/submissions/1")
    expect(page.get_by_text("team-0/controlnet")).to_be_hidden()
    page.get_by_text("Made with", exact=True).click()
    expect(page.get_by_text("team-0/controlnet")).to_be_visible()
    page.goto(home(shown))
    page.goto(f"{home(shown)}?state=live")
    for seen in (".chip.chosen", ".count"):
        box = page.locator(seen).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390, seen
    page.goto(home(shown))
    page.locator("[data-chip=sort] summary").click()
    menu = page.locator("[data-chip=sort] ul").bounding_box()
    assert menu is not None
    assert round(menu["x"]) == 0
    assert round(menu["y"] + menu["height"]) == 844
    context.close()


def test_everything_works_without_scripts(browser: Browser, shown: Gallery) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(home(shown))
    page.locator("[data-chip=control] summary").click()
    page.locator("[data-chip=control] li a").first.click()
    assert "control=" in page.url
    page.get_by_role("searchbox").fill("apples to try")
    page.get_by_role("button", name="Search").click()
    assert "control=" in page.url
    page.goto(f"{home(shown)}/submissions/1")
    link = page.get_by_role("link", name="Try it")
    assert (link.get_attribute("href") or "").startswith("http://127.0.0.1:")
    context.add_cookies([cookie_of(shown, "ada-l")])  # pyright: ignore[reportArgumentType]
    page.reload()
    page.get_by_role("button", name="Like this demo").click()
    expect(page.get_by_role("button", name="Like this demo")).to_have_attribute(
        "aria-pressed", "true"
    )
    context.close()
