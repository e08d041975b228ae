"""The camera: which one looks, which way round, and when it is off."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.spaces.demo.visitor import open_page, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = """(cameras) => {
    window.asked = [];
    window.tracks = [];
    navigator.mediaDevices.enumerateDevices = async () =>
        cameras.map(({ id }) => ({ kind: "videoinput", deviceId: id, label: "" }));
    navigator.mediaDevices.getUserMedia = async ({ video }) => {
        window.asked.push(video);
        const exact = video.deviceId?.exact, wish = video.facingMode?.ideal;
        const camera = cameras.find(({ id }) => id === exact)
            ?? cameras.find(({ facing }) => facing === wish) ?? cameras[0];
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 64;
        const pen = canvas.getContext("2d");
        const paint = () => {
            pen.fillStyle = "#ff0000";
            pen.fillRect(0, 0, 32, 64);
            pen.fillStyle = "#0000ff";
            pen.fillRect(32, 0, 32, 64);
        };
        paint();
        setInterval(paint, 30);
        const stream = canvas.captureStream(30);
        const [track] = stream.getVideoTracks();
        track.getSettings = () => ({ deviceId: camera.id, facingMode: camera.facing });
        window.tracks.push(track);
        return stream;
    };
}"""
"""Cameras of our own: each sees red on its left and blue on its right."""
REAR = {"id": "rear", "facing": "environment"}
FRONT = {"id": "front", "facing": "user"}


def with_cameras(page: Page, address: str, *cameras: dict[str, str]) -> None:
    open_page(page, address)
    page.evaluate(PHONE, list(cameras))
    page.click("#tab-camera")
    expect(page.locator("#picture .take")).to_be_enabled()


def live_tracks(page: Page) -> int:
    return page.evaluate("window.tracks.filter(({ readyState }) => readyState === 'live').length")


def photo(page: Page) -> Image.Image:
    """What was handed in, as the server has it."""
    page.click("#picture .take")
    expect(page.locator(".see")).to_be_enabled()
    encoded = page.evaluate(
        """async () => {
            const answer = await fetch(document.querySelector(".taken").src);
            return [...new Uint8Array(await answer.arrayBuffer())];
        }"""
    )
    return Image.open(BytesIO(bytes(encoded))).convert("RGB")


def test_a_phone_looks_forward_and_its_photo_is_no_mirror_image(page: Page, address: str) -> None:
    with_cameras(page, address, FRONT, REAR)
    assert page.evaluate("window.asked") == [{"facingMode": {"ideal": "environment"}}]
    expect(page.locator("#picture video")).to_have_css("transform", "none")
    red, _, blue = photo(page).getpixel((8, 32))
    assert red > 200 > 60 > blue, "what is on the left stays on the left"


def test_the_front_camera_is_a_press_away_a_mirror_and_its_photo_none(
    page: Page, address: str
) -> None:
    with_cameras(page, address, REAR, FRONT)
    page.click("#picture .turn")
    wait_until(
        page, lambda: page.evaluate("window.asked").pop() == {"deviceId": {"exact": "front"}}
    )
    expect(page.locator("#picture video")).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")
    expect(page.locator("#picture .take")).to_be_enabled()
    assert live_tracks(page) == 1, "one camera at a time"
    red, _, blue = photo(page).getpixel((8, 32))
    assert red > 200 > 60 > blue


def test_one_camera_offers_no_other(page: Page, address: str) -> None:
    with_cameras(page, address, FRONT)
    expect(page.locator("#picture .turn")).to_be_hidden()


@pytest.mark.parametrize("end", ["photo", "tab", "hidden"])
def test_the_camera_is_off_when_it_is_done(page: Page, address: str, end: str) -> None:
    with_cameras(page, address, REAR, FRONT)
    assert live_tracks(page) == 1
    if end == "photo":
        photo(page)
    elif end == "tab":
        page.click("#tab-draw")
    else:
        hide(page, hidden=True)
    wait_until(page, lambda: live_tracks(page) == 0)
    if end == "hidden":
        hide(page, hidden=False)
        wait_until(page, lambda: live_tracks(page) == 1)
        expect(page.locator("#picture .take")).to_be_enabled()


def hide(page: Page, *, hidden: bool) -> None:
    """As if another tab were opened, or the phone locked."""
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_leaving_before_the_camera_was_allowed_leaves_it_off(page: Page, address: str) -> None:
    open_page(page, address)
    page.evaluate(PHONE, [REAR])
    page.evaluate(
        """() => {
            const ask = navigator.mediaDevices.getUserMedia;
            const allowed = new Promise((allow) => { window.allow = allow; });
            navigator.mediaDevices.getUserMedia =
                (wish) => allowed.then(() => ask(wish));
        }"""
    )
    page.click("#tab-camera")
    page.click("#tab-draw")
    page.click("#tab-camera")
    page.click("#tab-draw")
    page.evaluate("window.allow()")
    wait_until(page, lambda: page.evaluate("window.tracks.length") == 2)
    wait_until(page, lambda: live_tracks(page) == 0)


def test_another_photo_can_be_taken_when_one_could_not_be_sent(page: Page, address: str) -> None:
    visitor = page.context.new_page()  # whose console tells of the broken connection
    with_cameras(visitor, address, REAR)
    visitor.route("**/upload*", lambda route: route.abort())
    visitor.click("#picture .take")
    expect(visitor.locator(".paper .problem")).to_contain_text("could not be sent")
    visitor.unroute("**/upload*")
    visitor.click("#picture .take")
    expect(visitor.locator("#picture video")).to_be_visible()
    expect(visitor.locator("#picture .take")).to_be_enabled()
    visitor.click("#picture .take")
    expect(visitor.locator(".see")).to_be_enabled()
