"""The page on which a visitor says who they are, in a real browser."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.gallery.hub_fixtures import ServedHub

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def application() -> Iterator[str]:
    """Another site, to which the visitor is led back: its callback's address."""

    class Callback(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Back</title><link rel=icon href='data:,'>")

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Callback) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/callback"
        server.shutdown()


@pytest.fixture
def asking(small_hub: ServedHub, application: str) -> str:
    """Where the application sends its visitors."""
    small_hub.hub.add_client("gallery", "s3cret", application)
    asked = {
        "client_id": "gallery",
        "redirect_uri": application,
        "response_type": "code",
        "scope": "openid profile",
        "state": "st",
    }
    return f"{small_hub.address}/oauth/authorize?{urlencode(asked)}"


def test_a_name_and_a_key_lead_back_to_the_application(
    page: Page, small_hub: ServedHub, asking: str, application: str
) -> None:
    page.goto(asking)
    page.get_by_label("Your name here").fill("grace-h")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{application}?code=*")
    assert "state=st" in page.url
    assert small_hub.hub.accounts.named("grace-h") is not None


def test_cancel_leads_back_without_a_name(page: Page, asking: str, application: str) -> None:
    page.goto(asking)
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url(f"{application}?error=access_denied*")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "/", "/settings/tokens", "/spaces/ada-l/clouds"])
def test_pages_can_be_read_by_everyone(
    page: Page, small_hub: ServedHub, asking: str, scheme: str, path: str
) -> None:
    small_hub.hub.add_space("ada-l/clouds", card={"tags": ["summer-sprint"], "license": "mit"})
    page.emulate_media(color_scheme=scheme)  # pyright: ignore[reportArgumentType]
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{small_hub.address}{path}" if path else asking)
    expect(page.locator("h1").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(page).response["violations"] == []


def test_a_token_can_be_read_by_everyone(page: Page, small_hub: ServedHub) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{small_hub.address}/")
    page.get_by_role("link", name="a token").click()
    page.get_by_label("Your name here").fill("grace-h")
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_label("Your token")).to_have_value(re.compile("hf_.{32}"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(page).response["violations"] == []
