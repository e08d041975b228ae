"""What a visitor made is kept: over reloads, lost connections, a restarted server, in two tabs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo, launch
from spaces.door.blocks import GuardedBlocks
from spaces.host.app import build_host
from spaces.host.listing import read_listing
from tests.browser import free_port
from tests.cable import Cable, cable
from tests.fake_engine import FakeEngine, colour_of
from tests.spaces.demo.visitor import (
    assert_colour,
    keep_seed,
    open_page,
    press,
    set_field,
    shown,
    wait_for_phase,
    wait_until,
)
from tests.spaces.host.hosted import on_loopback
from tests.spaces.host.listed import demo, written

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CONFIG = DemoConfig(title="Kept", description="It keeps.", control="canny", first="draw")
STEP = 0.15


class Server:
    """A demo on the painted engine that can be stopped and started at one port."""

    def __init__(self, config: DemoConfig = CONFIG, *, patience: float = 60.0) -> None:
        self.port = free_port()
        controls = (config.control,) if config.control else ()
        self.engine = FakeEngine(seconds_per_step=STEP, controls=controls)
        self._config = config
        self._patience = patience
        self._demo: GuardedBlocks | None = None

    def start(self) -> None:
        self._demo = build_demo(self._config, self.engine, patience=self._patience)
        launch(self._demo, server_port=self.port, prevent_thread_lock=True, quiet=True)

    def stop(self) -> None:
        if self._demo is not None:
            self._demo.close(verbose=False)
        self._demo = None


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def engine(server: Server) -> FakeEngine:
    return server.engine


@pytest.fixture
def address(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/"


@pytest.fixture
def wire(server: Server) -> Iterator[Cable]:
    with cable(server.port) as laid:
        yield laid


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One browser profile; what fails behind its pages while they are cut off is no fault."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def visitor(context: BrowserContext) -> Page:
    return context.new_page()


def draw(page: Page, *, height: float = 0.5) -> None:
    """A stroke from left to right, that the server has seen when this returns."""
    box = page.locator(".picture canvas").bounding_box()
    assert box is not None
    y = box["y"] + height * box["height"]
    page.mouse.move(box["x"] + 0.2 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], y, steps=6)
    page.mouse.up()
    expect(page.locator(".see")).to_be_enabled()


def ink(page: Page) -> int:
    """How many pixels of the canvas are drawn on."""
    return page.evaluate(
        """() => {
            const canvas = document.querySelector(".picture canvas");
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            let dark = 0;
            for (let i = 0; i < data.length; i += 4) dark += data[i] < 128;
            return dark;
        }"""
    )


def frames(page: Page, count: int) -> None:
    expect(page.locator(".film button")).to_have_count(count)


def kept(page: Page) -> None:
    """Waits until all that is seen is in the browser's keeping."""
    page.wait_for_function(
        """async () => {
            const kept = await window.sprint_offers.keeping.promise;
            await kept.flush();
            const images = [...document.querySelectorAll(".film img")];
            return !kept.work.job && images.every((one) => one.src.startsWith("blob:"));
        }"""
    )


def make_one(page: Page, prompt: str = "a box", seed: int = 5) -> None:
    draw(page)
    keep_seed(page, seed)
    press(page, prompt)
    wait_for_phase(page, "done")
    kept(page)


def test_a_reload_takes_nothing_away(visitor: Page, address: str, engine: FakeEngine) -> None:
    open_page(visitor, address)
    make_one(visitor, seed=7)
    set_field(visitor, "Steps", 9)
    visitor.fill("#prompt textarea", "two boxes")
    drawn = ink(visitor)
    assert drawn
    kept(visitor)
    asked = len(engine.requests)
    visitor.reload()
    expect(visitor.locator("#prompt textarea")).to_have_value("two boxes")
    expect(visitor.locator(".see")).to_be_enabled()
    assert ink(visitor) == drawn
    expect(visitor.locator(".stage .words")).to_contain_text("Seed 7")
    assert_colour(shown(visitor), 0.5, 0.1, colour_of(7))
    expect(visitor.locator("#field-steps input[type=number]")).to_have_value("9")
    expect(visitor.locator("#field-seed input")).to_have_value("7")
    expect(visitor.locator("#field-new_seed input")).not_to_be_checked()
    visitor.click("#make")
    wait_until(visitor, lambda: len(engine.requests) == asked + 1)
    request = engine.requests[-1]
    assert (request.prompt, request.seed, request.steps) == ("two boxes", 7, 9)
    assert len(request.controls) == 1
    wait_for_phase(visitor, "done")
    visitor.click(".picture .undo")
    wait_until(visitor, lambda: ink(visitor) == 0)


def test_the_picture_that_was_being_made_is_found_again_after_a_reload(
    visitor: Page, address: str, engine: FakeEngine
) -> None:
    open_page(visitor, address)
    draw(visitor)
    set_field(visitor, "Steps", 20)
    keep_seed(visitor, 11)
    asked = len(engine.requests)
    press(visitor, "a box")
    wait_for_phase(visitor, "running")
    visitor.reload()
    wait_for_phase(visitor, "done")
    expect(visitor.locator(".stage .words")).to_contain_text("Seed 11 · 20 steps")
    assert len(engine.requests) == asked + 1
    kept(visitor)


def test_the_picture_is_found_again_where_only_words_are_handed_in(context: BrowserContext) -> None:
    server = Server(DemoConfig(title="Words", description="It paints what it reads."))
    server.start()
    try:
        visitor = context.new_page()
        visitor.goto(f"http://127.0.0.1:{server.port}/")
        set_field(visitor, "Steps", 20)
        press(visitor, "a box")
        wait_for_phase(visitor, "running")
        visitor.reload()
        wait_for_phase(visitor, "done")
        assert [request.steps for request in server.engine.requests] == [20]
    finally:
        server.stop()


def test_a_gap_in_the_network_takes_nothing_away(
    visitor: Page, wire: Cable, engine: FakeEngine
) -> None:
    open_page(visitor, f"http://127.0.0.1:{wire.port}/")
    make_one(visitor, seed=1)
    set_field(visitor, "Steps", 40)
    keep_seed(visitor, 2)
    drawn = ink(visitor)
    asked = len(engine.requests)
    visitor.click("#make")
    expect(visitor.locator(".stage .words")).to_contain_text(re.compile(r"Step \d+ of 40"))
    visitor.evaluate("window.not_reloaded = true")
    wire.cut()
    expect(visitor.locator(".stage .words")).to_contain_text("No connection to the demo")
    expect(visitor.locator(".stage .time")).to_be_empty()
    visitor.fill("#prompt textarea", "typed without a network")
    wire.mend()
    visitor.wait_for_function("!window.not_reloaded")
    expect(visitor.locator("#prompt textarea")).to_have_value("typed without a network")
    assert ink(visitor) == drawn
    wait_for_phase(visitor, "done")
    expect(visitor.locator(".stage .words")).to_contain_text("Seed 2")
    frames(visitor, 2)
    assert len(engine.requests) == asked + 1, "the same job, and no other"


def test_stop_works_and_make_it_waits_while_there_is_no_connection(
    visitor: Page, wire: Cable, engine: FakeEngine
) -> None:
    open_page(visitor, f"http://127.0.0.1:{wire.port}/")
    draw(visitor)
    set_field(visitor, "Steps", 100)
    press(visitor, "a box")
    expect(visitor.locator(".stage .words")).to_contain_text(re.compile(r"Step \d+ of 100"))
    cancelled = engine.cancelled
    wire.cut()
    expect(visitor.locator(".stage .words")).to_contain_text("No connection to the demo")
    visitor.click("#stop")
    expect(visitor.locator("#make")).to_be_visible()
    wait_for_phase(visitor, "stopped")
    set_field(visitor, "Steps", 3)
    visitor.fill("#prompt textarea", "asked for without a network")
    visitor.click("#make")
    expect(visitor.locator(".stage .words")).to_contain_text("asked for when it is back")
    wire.mend()
    wait_until(visitor, lambda: engine.cancelled == cancelled + 1, seconds=30)
    wait_for_phase(visitor, "done")
    assert engine.requests[-1].prompt == "asked for without a network"
    assert engine.requests[-1].steps == 3


def test_a_browser_that_is_offline_says_so_at_once(visitor: Page, address: str) -> None:
    open_page(visitor, address)
    make_one(visitor, seed=3)
    visitor.context.set_offline(True)
    expect(visitor.locator(".stage .words")).to_contain_text("No connection to the demo")
    visitor.context.set_offline(False)
    expect(visitor.locator(".stage .words")).to_contain_text("Seed 3")


def test_a_server_that_was_restarted_finds_the_page_as_it_was(context: BrowserContext) -> None:
    server = Server()
    server.start()
    try:
        visitor = context.new_page()
        open_page(visitor, f"http://127.0.0.1:{server.port}/")
        make_one(visitor, seed=4)
        drawn = ink(visitor)
        set_field(visitor, "Steps", 100)
        visitor.click("#make")
        expect(visitor.locator(".stage .words")).to_contain_text(re.compile(r"Step \d+ of 100"))
        visitor.evaluate("window.not_reloaded = true")
        server.stop()
        expect(visitor.locator(".stage .words")).to_contain_text("No connection to the demo")
        server.engine = FakeEngine(seconds_per_step=STEP)
        server.start()
        visitor.wait_for_function("!window.not_reloaded")
        wait_for_phase(visitor, "failed")
        expect(visitor.locator(".stage .words")).to_contain_text("The connection was lost")
        expect(visitor.locator("#make")).to_be_visible()
        frames(visitor, 1)
        assert ink(visitor) == drawn
        expect(visitor.locator(".see")).to_be_enabled()
        set_field(visitor, "Steps", 2)
        visitor.click("#make")
        wait_for_phase(visitor, "done")
        assert len(server.engine.requests[-1].controls) == 1
    finally:
        server.stop()


def test_what_is_asked_of_a_server_that_was_just_restarted_is_made(context: BrowserContext) -> None:
    server = Server()
    server.start()
    try:
        visitor = context.new_page()
        open_page(visitor, f"http://127.0.0.1:{server.port}/")
        make_one(visitor, seed=4)
        server.stop()
        server.engine = FakeEngine(seconds_per_step=STEP)
        server.start()
        keep_seed(visitor, 6)
        visitor.click("#make")
        wait_for_phase(visitor, "done")
        frames(visitor, 2)
        (request,) = server.engine.requests
        assert (request.seed, len(request.controls)) == (6, 1)
    finally:
        server.stop()


def test_two_tabs_leave_each_other_alone(context: BrowserContext, address: str) -> None:
    one, two = context.new_page(), context.new_page()
    open_page(one, address)
    make_one(one, prompt="the first tab's", seed=21)
    open_page(two, address)
    frames(two, 1)
    expect(two.locator("#prompt textarea")).to_have_value("")
    two.fill("#prompt textarea", "the second tab's")
    draw(two, height=0.2)
    draw(two, height=0.8)
    kept(two)
    both = {page: ink(page) for page in (one, two)}
    assert both[one] < both[two]
    for page, text in ((one, "the first tab's"), (two, "the second tab's")):
        page.reload()
        expect(page.locator("#prompt textarea")).to_have_value(text)
        expect(page.locator(".see")).to_be_enabled()
        assert ink(page) == both[page]


def test_a_closed_tab_comes_back_and_a_duplicated_one_is_a_copy(
    context: BrowserContext, address: str
) -> None:
    one = context.new_page()
    open_page(one, address)
    make_one(one, prompt="before it was closed", seed=22)
    one.close()
    two = context.new_page()
    open_page(two, address)
    expect(two.locator("#prompt textarea")).to_have_value("before it was closed")
    expect(two.locator(".stage .words")).to_contain_text("Seed 22")
    with context.expect_page() as opened:
        two.evaluate("window.open(location.href)")
    copy = opened.value
    copy.wait_for_selector(".stage")
    expect(copy.locator("#prompt textarea")).to_have_value("before it was closed")
    copy.fill("#prompt textarea", "the copy's")
    kept(copy)
    two.reload()
    expect(two.locator("#prompt textarea")).to_have_value("before it was closed")


def test_back_from_another_page_takes_nothing_away(visitor: Page, address: str) -> None:
    open_page(visitor, address)
    make_one(visitor, prompt="before leaving", seed=23)
    visitor.goto("about:blank")
    visitor.go_back()
    expect(visitor.locator("#prompt textarea")).to_have_value("before leaving")
    expect(visitor.locator(".stage .words")).to_contain_text("Seed 23")


def test_pictures_are_there_when_the_server_has_thrown_its_own_away(
    visitor: Page, address: str, tmp_path: Path
) -> None:
    open_page(visitor, address)
    make_one(visitor, seed=24)
    visitor.route("**/gradio_api/file=**", lambda route: route.fulfill(status=404))
    visitor.reload()
    expect(visitor.locator(".stage .words")).to_contain_text("Seed 24")
    assert_colour(shown(visitor), 0.5, 0.1, colour_of(24))
    with visitor.expect_download() as download:
        visitor.click(".stage .save")
    assert download.value.suggested_filename == "a-box-seed-24.png"


WITHOUT = {
    "none": "Object.defineProperty(window, 'indexedDB', { get() { throw new Error('no'); } });",
    "refused": """indexedDB.open = () => {
        const request = {};
        setTimeout(() => request.onerror(), 0);
        return request;
    };""",
    "full": """IDBObjectStore.prototype.put = function () {
        throw new DOMException("full", "QuotaExceededError");
    };""",
    "nothing": """for (const name of ["sessionStorage", "localStorage", "indexedDB"]) {
        const get = () => { throw new DOMException("no", "SecurityError"); };
        Object.defineProperty(window, name, { get });
    }
    Object.defineProperty(navigator, "locks", { value: undefined });""",
}


@pytest.mark.parametrize("how", WITHOUT)
def test_the_page_works_where_the_browser_keeps_nothing(
    visitor: Page, address: str, how: str
) -> None:
    visitor.add_init_script(WITHOUT[how])
    faults: list[str] = []
    visitor.on("pageerror", lambda error: faults.append(str(error)))
    open_page(visitor, address)
    draw(visitor)
    press(visitor, "a box")
    wait_for_phase(visitor, "done")
    visitor.click(".stage .again")
    wait_for_phase(visitor, "running")
    wait_for_phase(visitor, "done")
    frames(visitor, 2)
    visitor.reload()
    wait_for_phase(visitor, "empty")
    assert not faults


def test_what_is_kept_is_bounded_and_the_oldest_goes(visitor: Page, address: str) -> None:
    open_page(visitor, address)
    numbers = visitor.evaluate(
        """async () => {
            const kept = await window.sprint_offers.keeping.promise;
            for (let index = 0; index < 120; index++) {
                await kept.add({
                    id: `picture-${String(index).padStart(3, "0")}`, at: index, settings: {},
                    prompt: "", seed: 0, blob: new Blob([new Uint8Array(1000)]),
                });
            }
            await kept.tidy();
            return (await kept.all()).map((picture) => picture.id);
        }"""
    )
    assert numbers == [f"picture-{index:03}" for index in range(20, 120)]
    large = visitor.evaluate(
        """async () => {
            const kept = await window.sprint_offers.keeping.promise;
            for (let index = 0; index < 6; index++) {
                await kept.add({
                    id: `large-${index}`, at: 1000 + index, settings: {},
                    prompt: "", seed: 0, blob: new Blob([new Uint8Array(20e6)]),
                });
            }
            await kept.tidy();
            return (await kept.all()).map((picture) => picture.id);
        }"""
    )
    assert large == ["large-2", "large-3", "large-4", "large-5"]


def test_teams_on_one_host_keep_apart_in_the_browser(
    context: BrowserContext, tmp_path: Path
) -> None:
    """Two demos of the same words, of one origin: only their paths tell them apart."""
    entry = demo(title="Kept", first="draw")
    listing = read_listing(written(tmp_path, {"cats": entry, "dogs": entry}))
    with on_loopback(build_host(listing, FakeEngine(), refused={})) as root:
        one, two = context.new_page(), context.new_page()
        open_page(one, f"{root}/cats/")
        make_one(one, prompt="at the cats'", seed=31)
        open_page(two, f"{root}/dogs/")
        draw(two)
        two.fill("#prompt textarea", "at the dogs'")
        kept(two)
        frames(two, 0)
        one.close()
        two.goto(f"{root}/cats/")
        expect(two.locator("#prompt textarea")).to_have_value("at the cats'")
        frames(two, 1)
        two.goto(f"{root}/dogs/")
        expect(two.locator("#prompt textarea")).to_have_value("at the dogs'")
        frames(two, 0)


def test_pictures_can_be_forgotten_and_brought_back(visitor: Page, address: str) -> None:
    open_page(visitor, address)
    make_one(visitor, seed=41)
    visitor.click("#make")
    wait_for_phase(visitor, "running")
    wait_for_phase(visitor, "done")
    kept(visitor)
    frames(visitor, 2)
    visitor.click(".forget")
    frames(visitor, 0)
    visitor.click(".forget")
    frames(visitor, 2)
    visitor.click(".forget")
    kept(visitor)
    visitor.reload()
    expect(visitor.locator("#prompt textarea")).to_have_value("a box")
    frames(visitor, 0)


def test_leaving_for_good_stops_the_engine_after_a_while(context: BrowserContext) -> None:
    server = Server(patience=0.5)
    server.start()
    try:
        visitor = context.new_page()
        open_page(visitor, f"http://127.0.0.1:{server.port}/")
        draw(visitor)
        set_field(visitor, "Steps", 100)
        press(visitor, "a box")
        expect(visitor.locator(".stage .words")).to_contain_text(re.compile(r"Step \d+ of 100"))
        visitor.close()
        other = context.new_page()
        wait_until(other, lambda: server.engine.cancelled == 1, seconds=30)
    finally:
        server.stop()
