"""`make run`'s command, for real: gallery, small Hub and demo, a newcomer, and a clean end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser import free_port

pytestmark = [pytest.mark.slow]
SPACE = "house/drawing-to-picture"
ENTRY = "/api/v1/events/practice/submissions"


@dataclass
class Practice:
    process: subprocess.Popen[bytes]
    gallery: str
    hub: str
    demo: str
    log: Path
    seconds: float
    """Until the gallery answered."""

    def wait_for(self, what: str, seconds: float, done: Callable[[], bool]) -> None:
        until = time.monotonic() + seconds
        while not done():
            assert self.process.poll() is None, self.log.read_text("utf-8")
            assert time.monotonic() < until, f"{what}\n{self.log.read_text('utf-8')}"
            time.sleep(0.3)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=60).is_success
    except httpx.HTTPError:
        return False


def _start(folder: Path, ports: tuple[int, int, int], *arguments: str) -> Practice:
    gallery, hub, demo = (f"http://127.0.0.1:{port}" for port in ports)
    log = folder / "log.txt"
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gallery", "practice"),
                *("--port", str(ports[0]), "--hub-port", str(ports[1])),
                *("--demo-port", str(ports[2])),
                *arguments,
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "DATA_DIR": str(folder / "data")},
        )
    practice = Practice(process, gallery, hub, demo, log, 0)
    practice.wait_for("the gallery answers", 120, lambda: _answers(f"{gallery}/practice"))
    practice.seconds = time.monotonic() - began
    return practice


@pytest.fixture(scope="module")
def ports() -> tuple[int, int, int]:
    return free_port(), free_port(), free_port()


@pytest.fixture(scope="module")
def practice(
    tmp_path_factory: pytest.TempPathFactory, ports: tuple[int, int, int]
) -> Iterator[Practice]:
    practice = _start(tmp_path_factory.mktemp("practice"), ports)
    yield practice
    practice.process.kill()
    practice.process.wait()


def _entry(practice: Practice) -> dict | None:
    entries = httpx.get(practice.gallery + ENTRY, timeout=60).json()
    return next((entry for entry in entries if entry["space_id"] == SPACE), None)


def test_the_gallery_is_open_on_the_practice_event_with_the_real_one_as_an_archive(
    practice: Practice,
) -> None:
    assert "Practice" in httpx.get(practice.gallery, timeout=60).text
    archive = httpx.get(f"{practice.gallery}/jax-diffusers-2023/event", timeout=60)
    assert "Submissions closed" in archive.text


def test_the_running_demo_is_a_submission_that_passes_its_checks(practice: Practice) -> None:
    practice.wait_for("the demo is handed in", 60, lambda: _entry(practice) is not None)
    entry = _entry(practice)
    assert entry is not None
    assert entry["team"] == "House team"
    assert httpx.get(entry["thumbnail"], timeout=60).headers["content-type"] == "image/webp"
    practice.wait_for("the demo answers", 240, lambda: _answers(practice.demo))
    outcomes: dict[str, str] = {}

    def checked() -> bool:
        run = httpx.get(f"{practice.gallery}{ENTRY}/{entry['id']}/checks", timeout=60).json()
        outcomes.update({check["name"]: check["outcome"] for check in run["results"]})
        return outcomes.get("demo_answers") == "pass"

    practice.wait_for("the checks have asked the demo", 240, checked)
    assert "failure" not in outcomes.values(), outcomes
    assert outcomes["space_runs"] == "pass"


@pytest.mark.browser
def test_a_newcomer_signs_in_hands_in_a_space_of_their_own_and_finds_it(
    practice: Practice, page: Page
) -> None:
    page.goto(f"{practice.gallery}/submit?event=practice")
    page.get_by_text("Continue to").click()
    page.locator("input[name=name]").fill("ada-l")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{practice.gallery}/submit/**")
    page.locator("#address input, #address textarea").fill("ada-l/drawing-to-picture")
    page.get_by_role("button", name="Look it up").click()
    title = page.get_by_label("Title")
    expect(title).to_have_value("From a drawing to a picture")
    title.fill("A newcomer's picture")
    page.get_by_role("button", name="Continue to the story").click()
    page.get_by_role("button", name="Continue to the checks").click()
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("heading", name="It is in.")).to_be_visible(timeout=60_000)
    page.goto(f"{practice.gallery}/practice")
    page.get_by_role("searchbox").press_sequentially("newcomer")
    expect(page.get_by_role("heading", name="A newcomer's picture")).to_be_visible()


@pytest.mark.browser
def test_the_demo_opens_in_its_frame(practice: Practice, page: Page) -> None:
    practice.wait_for("the demo is handed in", 60, lambda: _entry(practice) is not None)
    entry = _entry(practice)
    assert entry is not None
    practice.wait_for("the demo answers", 240, lambda: _answers(practice.demo))
    page.goto(entry["url"])
    page.get_by_text("Try it").first.click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("button", name="Make it")).to_be_visible(timeout=60_000)


def test_ctrl_c_leaves_nothing_running_and_a_restart_finds_all_as_it_was(
    practice: Practice, ports: tuple[int, int, int]
) -> None:
    before = _entry(practice)
    children = psutil.Process(practice.process.pid).children(recursive=True)
    assert len(children) >= 3
    practice.process.send_signal(signal.SIGINT)
    assert practice.process.wait(120) == 0
    assert "Stopped" in practice.log.read_text("utf-8")
    # Those that read pictures end with their input, a moment after who asked them.
    _, running = psutil.wait_procs(children, timeout=120)
    assert not running
    assert "Traceback" not in practice.log.read_text("utf-8")
    again = _start(practice.log.parent, ports)
    try:
        after = _entry(again)
        assert before is not None
        assert after is not None
        for name in ("id", "title", "team", "thumbnail", "submitted_at"):
            assert after[name] == before[name]
    finally:
        again.process.send_signal(signal.SIGINT)
        assert again.process.wait(120) == 0


@pytest.mark.browser
def test_laid_into_judging_a_person_joins_a_jury_at_work_and_an_organiser_watches_it(
    tmp_path: Path, page: Page
) -> None:
    ports = free_port(), free_port(), free_port()
    practice = _start(tmp_path, ports, "--today", "judging", "--without-demo")
    try:
        _sign_in(practice, page, "juror")

        def has_a_list() -> bool:
            page.goto(f"{practice.gallery}/practice/jury")
            return page.get_by_text("0 of 9 judged").is_visible()

        practice.wait_for("a dozen demos are handed out", 240, has_a_list)
        assert len(httpx.get(practice.gallery + ENTRY, timeout=60).json()) == 12
        page.get_by_role("link", name="Begin with").click()
        expect(page.locator("#ballot .criterion.at")).to_have_count(1)
        page.context.clear_cookies()
        _sign_in(practice, page, "organiser")
        seen: set[str] = set()

        def has_moved() -> bool:
            page.goto(f"{practice.gallery}/practice/organise/jury")
            seen.add(page.locator("h1").inner_text())
            return len(seen) >= 2

        practice.wait_for("the board moves", 240, has_moved)
        assert all("of 36 looks" in said for said in seen)
    finally:
        practice.process.send_signal(signal.SIGINT)
        assert practice.process.wait(120) == 0
    assert "Traceback" not in practice.log.read_text("utf-8")


def _sign_in(practice: Practice, page: Page, name: str) -> None:
    page.goto(f"{practice.gallery}/submit?event=practice")
    page.get_by_text("Continue to").click()
    page.locator("input[name=name]").fill(name)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{practice.gallery}/**")
