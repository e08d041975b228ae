"""A host's pages in Chromium, which asks for more than a page says: icons, manifests, figures."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from spaces.host.app import build_host
from spaces.host.listing import read_listing
from tests.fake_engine import FakeEngine
from tests.spaces.host.hosted import on_loopback
from tests.spaces.host.listed import demo, written

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    listing = read_listing(written(tmp_path_factory.mktemp("host"), {"cats": demo(title="Cats")}))
    with on_loopback(build_host(listing, FakeEngine(), refused={})) as url:
        yield url


def test_neither_list_nor_demo_asks_for_what_is_not_there(page: Page, address: str) -> None:
    page.goto(address)  # the fixture fails if anything is answered with an error
    page.get_by_role("link", name="Cats").click()
    expect(page.locator("#make")).to_be_visible()
    page.get_by_role("button", name="Use via API").click()
    expect(page.locator("body")).to_contain_text(f"{address}/cats/gradio_api/mcp/")
    expect(page.locator("body")).to_contain_text("Makes pictures from a prompt")
