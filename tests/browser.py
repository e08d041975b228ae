"""A real Chromium for tests, and demos served on loopback for it.

Every test can use the fixtures: `tests/conftest.py` takes them from here, once, since there is one
playwright in a process.
"""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Request,
    expect,
    sync_playwright,
)

if TYPE_CHECKING:
    import gradio as gr

expect.set_options(timeout=30_000)  # who waits for a state waits long enough on a busy machine

SHELL, WHOLE = Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")
CHROMIUM = SHELL if SHELL.exists() else WHOLE
"""Without its own windows, which nobody sees here, it takes a third of the time for a page."""
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
PARTING = ("AbortError: signal is aborted", "Unexpected error Connection errored out")
"""How Gradio's page ends its streams when one leaves it."""
LOOPBACK = ("127.0.0.1", "localhost", "")


@dataclass
class Watched:
    """What went wrong behind a page: errors on its console, requests that left this machine."""

    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location.get("url")
            self._take(f"{message.text} ({where})" if where else message.text)

    def on_page_error(self, error: Error) -> None:
        self._take(str(error))

    def _take(self, text: str) -> None:
        if not text.startswith(PARTING):
            self.errors.append(text)

    def on_request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in (*LOOPBACK, None):
            self.strangers.append(request.url)

    def watch(self, page: Page) -> None:
        page.on("console", self.on_console)
        page.on("pageerror", self.on_page_error)
        page.on("request", self.on_request)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    if not CHROMIUM.exists():
        pytest.fail(
            f"browser tests need {SHELL} or {WHOLE}; install one with: apt-get install {SHELL.name}"
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; the test fails if it logged an error or asked another machine for anything."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    watched = Watched()
    fresh = context.new_page()
    watched.watch(fresh)
    yield fresh
    context.close()
    assert not watched.errors, watched.errors
    assert not watched.strangers, watched.strangers


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def served() -> Iterator[Callable[["gr.Blocks"], str]]:
    """Serves demos for the module's tests: call it with one, it gives the address.

    Ours as we do, other people's as Gradio does.
    """
    from spaces.demo.page import Demo, launch  # seconds of Gradio, for who serves a demo

    running: list[gr.Blocks] = []

    def serve(demo: "gr.Blocks") -> str:
        serving: Any = launch if isinstance(demo, Demo) else type(demo).launch
        _, address, _ = serving(demo, server_port=free_port(), prevent_thread_lock=True, quiet=True)
        running.append(demo)
        return address

    yield serve
    for demo in running:
        demo.close(verbose=False)
