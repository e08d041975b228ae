"""A newcomer's way with a real browser: sign in, sign up, an idea, a team; and its organiser's."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from gallery.database.tables import Account, Role
from gallery.gallery import Gallery
from gallery.people.mail import Mail
from gallery.settings import Settings
from tests.browser import free_port
from tests.gallery.serving import served

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"base_url": f"http://127.0.0.1:{free_port()}"})


@pytest.fixture
def address(sqlite_address: str) -> str:
    """The pages are the same over both kinds of database: here over SQLite."""
    return sqlite_address


@pytest.fixture
def site(gallery: Gallery, mails: list[Mail]) -> Iterator[str]:
    """The gallery, served; its mail arrives in `mails`."""
    port = int(gallery.settings.base_url.rpartition(":")[2])
    with served(gallery, port) as address:
        yield address


def sign_in(page: Page, site: str, mails: list[Mail], name: str) -> None:
    page.goto(f"{site}/sign-in?next=/summer/ideas")
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    page.goto(next(word for word in mails[-1].text.split() if "/sign-in/email/" in word))
    page.get_by_label("What shall others call you?").fill(name)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Ideas and teams")).to_be_visible()


def require_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def require_no_sideways_scroll(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, page.url
    page.set_viewport_size({"width": 1280, "height": 900})


def test_from_the_door_to_a_team_of_two(
    page: Page, browser: Browser, site: str, mails: list[Mail]
) -> None:
    sign_in(page, site, mails, "ada-l")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("What would you like to make").fill("Birds from three strokes.")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed up")
    require_accessible(page)

    page.goto(f"{site}/summer/ideas")
    page.get_by_role("link", name="Propose an idea").click()
    page.get_by_label("Title").fill("Scribbled birds")
    page.get_by_label("What is it about?").fill("Three strokes, **one bird**.")
    page.get_by_role("button", name="Propose it").click()
    idea = page.url.split("?")[0]
    require_accessible(page)
    require_no_sideways_scroll(page)

    other_context = browser.new_context()
    other = other_context.new_page()
    sign_in(other, site, mails, "kite-9")
    other.goto(f"{site}/summer/sign-up")
    other.get_by_role("button", name="Sign up").click()
    other.goto(idea)
    other.get_by_label("Join it").fill("I can caption.")
    other.get_by_role("button", name="Ask to join").click()
    expect(other.get_by_role("status")).to_contain_text("Your request is here")

    page.goto(idea)
    page.get_by_role("button", name="Accept, form the team").click()
    page.get_by_role("link", name="Scribbled birds").first.click()
    expect(page.get_by_role("heading", name="2 people")).to_be_visible()
    expect(page.get_by_text("this one has 2")).to_be_visible()
    require_accessible(page)
    require_no_sideways_scroll(page)
    other.goto(f"{site}/account")
    expect(other.get_by_role("link", name="Scribbled birds")).to_be_visible()
    require_accessible(other)
    require_no_sideways_scroll(other)
    other_context.close()


def test_an_organiser_sorts_copies_and_decides(
    page: Page, site: str, mails: list[Mail], gallery: Gallery
) -> None:
    helper = page.context.browser
    assert helper is not None
    for name in ("mossy", "ada-l"):
        context = helper.new_context()
        visitor = context.new_page()
        sign_in(visitor, site, mails, name)
        visitor.goto(f"{site}/summer/sign-up")
        visitor.get_by_role("button", name="Sign up").click()
        context.close()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, site, mails, "lead")
    with gallery.database.write() as session:
        lead = session.query(Account).filter_by(email="lead@example.org").one()
        made = {"account_id": lead.id, "given_at": gallery.clock()}
        session.add(Role(event="summer", role="organiser", **made))
    page.reload()
    page.get_by_role("link", name="Organise").click()
    expect(page.get_by_text("2 sign-ups wait")).to_be_visible()
    require_accessible(page)
    require_no_sideways_scroll(page)
    page.get_by_role("link", name="Decide").click()
    page.get_by_role("button", name="Handle").click()
    rows = page.locator("#people-table tbody tr")
    expect(rows.first).to_contain_text("ada-l")
    page.get_by_role("button", name="Handle").click()
    expect(rows.first).to_contain_text("mossy")
    page.get_by_role("button", name="Copy").click()
    assert "mossy\tmossy" in page.evaluate("navigator.clipboard.readText()")
    require_accessible(page)
    require_no_sideways_scroll(page)
    page.get_by_label("All of them").check()
    page.get_by_role("button", name="Accept the chosen").click()
    expect(page.get_by_role("status")).to_contain_text("Decided")
    for part in ("teams", "roles", "log", "submissions", "ideas", "reports"):
        page.goto(f"{site}/summer/organise/{part}")
        require_accessible(page)
        require_no_sideways_scroll(page)
