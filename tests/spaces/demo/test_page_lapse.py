"""A time-lapse of what was drawn live: a GIF that the browser makes, drawing and picture in it."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import Page, expect

from spaces.demo.page import build_demo
from spaces.demo.widgets import FOLDER
from tests.fake_engine import FakeEngine, colour_of
from tests.spaces.demo.test_page_afterwards import CONFIG, downloaded
from tests.spaces.demo.test_page_kept import kept
from tests.spaces.demo.visitor import CLOSE, draw, keep_seed, open_page, press, wait_for_phase

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(served: Callable[..., str]) -> str:
    return served(build_demo(CONFIG, FakeEngine(seconds_per_step=0.01)))


def scripts(*names: str) -> str:
    return "\n".join((FOLDER / f"{name}.js").read_text("utf-8") for name in names)


def test_what_was_drawn_live_becomes_a_film_of_drawing_and_picture(
    page: Page, address: str
) -> None:
    open_page(page, address)
    keep_seed(page, 3)
    press(page, "a box")
    wait_for_phase(page, "done")
    expect(page.locator(".lapse")).to_be_hidden()
    for height in (0.2, 0.5, 0.8):
        draw(page, (0.1, height), (0.9, height))
        wait_for_phase(page, "following")
        wait_for_phase(page, "done")
    page.locator(".lapse").focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "Afterwards-time-lapse.gif"
    content = download.value.path().read_bytes()
    film = Image.open(BytesIO(content))
    assert film.size == (2 * 320 + 8, 320)
    assert film.info["loop"] == 0
    assert b"XMP DataXMP" in content
    assert b"digitalsourcetype/compositeSynthetic" in content
    frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(film)]
    seconds = [frame.info["duration"] / 1000 for frame in ImageSequence.Iterator(film)]
    assert len(frames) >= 3
    assert 1 < sum(seconds) < 8
    assert seconds[-1] == max(seconds), "the end is seen longest"
    ink = [int((np.asarray(frame.convert("L"))[:, :320] < 128).sum()) for frame in frames]
    assert 0 < ink[0] < ink[-1]
    assert ink == sorted(ink), "a drawing grows"
    told = np.asarray(frames[-1], int)[100, 340]
    assert np.abs(told - colour_of(3)).max() <= 2 * CLOSE, told
    assert played(page, content) == len(frames)
    page.click(".clear")
    draw(page, (0.3, 0.2))  # a dot: too few pictures for another
    expect(page.locator(".lapse")).to_be_hidden()


def live_strokes(page: Page, *heights: float) -> None:
    """Each is followed by its picture, which is kept when this returns."""
    for height in heights:
        draw(page, (0.1, height), (0.9, height))
        wait_for_phase(page, "following")
        wait_for_phase(page, "done")
    page.wait_for_function(MOMENTS_KEPT)


MOMENTS_KEPT = """() => sprint_offers.keeping.promise.then(async (kept) => {
    const input = await kept.input(kept.work.picture?.inputs.draw);
    const drawn = input?.sketch.strokes.length;
    return input?.lapse?.moments.at(-1).drawing.strokes.length === drawn;
})"""


def inks(page: Page) -> list[int]:
    """How many pixels of the drawing are dark, in each frame of the time-lapse."""
    _, content = downloaded(page, ".lapse")
    frames = ImageSequence.Iterator(Image.open(BytesIO(content)))
    return [int((np.asarray(frame.convert("L"))[:, :320] < 128).sum()) for frame in frames]


def test_a_time_lapse_outlives_a_reload_and_goes_on_with_its_drawing(
    page: Page, address: str
) -> None:
    open_page(page, address)
    keep_seed(page, 3)
    page.fill("#prompt textarea", "a box")
    live_strokes(page, 0.2, 0.4, 0.6)
    before = inks(page)
    page.reload()
    expect(page.locator(".lapse")).to_be_visible()
    assert inks(page) == before
    live_strokes(page, 0.8)
    after = inks(page)
    assert len(after) > len(before)
    assert after == sorted(after), "the same drawing grows on"
    page.reload()
    expect(page.locator(".lapse")).to_be_visible()
    page.click(".clear")
    expect(page.locator(".see")).to_be_disabled()
    draw(page, (0.3, 0.2))
    expect(page.locator(".see")).to_be_enabled()
    expect(page.locator(".lapse")).to_be_hidden()
    kept(page)
    page.reload()
    expect(page.locator(".see")).to_be_enabled()
    expect(page.locator(".lapse")).to_be_hidden()


def test_what_is_kept_of_a_long_drawing_is_small_and_has_its_end(page: Page) -> None:
    told = page.evaluate(
        f"""() => {{
            {scripts("moments")}
            const moments = make_moments(() => {{}});
            const first = {{ points: [[0, 0]] }};
            const begun = {{ ground: null, strokes: [], stroke: first, first }};
            const drawing = (length) => ({{ ...begun, length }});
            for (let at = 0; at < 90; at++) {{
                moments.asked(drawing(at));
                moments.came("x".repeat(60000) + at);
            }}
            const kept = moments.kept(drawing(90));
            const again = make_moments(() => {{}});
            again.restore(structuredClone(kept), "ground");
            const other = {{ points: [[1, 1]] }};
            return {{
                size: kept.moments.reduce((sum, {{ picture }}) => sum + picture.length, 0),
                last: kept.moments.at(-1).picture.slice(60000),
                every: kept.every,
                grounds: [...new Set(again.all().map(({{ drawing }}) => drawing.ground))],
                count: again.all().length,
                of_another: moments.kept({{ ...drawing(1), first: other }}),
            }};
        }}"""
    )
    assert told["size"] <= 2_000_000
    assert (told["last"], told["every"]) == ("89", 4)
    assert told["grounds"] == ["ground"]
    assert 3 <= told["count"] <= 33
    assert told["of_another"] is None


def played(page: Page, content: bytes) -> int:
    """How many frames Chromium decodes of an animated picture, to its end."""
    return page.evaluate(
        """async (bytes) => {
            const decoder = new ImageDecoder({ data: Uint8Array.from(bytes), type: "image/gif" });
            await decoder.tracks.ready;
            await decoder.completed;
            const { frameCount } = decoder.tracks.selectedTrack;
            for (let at = 0; at < frameCount; at++) {
                const { image } = await decoder.decode({ frameIndex: at });
                image.close();
            }
            return frameCount;
        }""",
        list(content),
    )


def test_a_drawing_of_hours_keeps_few_moments_its_first_and_last_among_them(page: Page) -> None:
    kept = page.evaluate(
        f"""() => {{
            {scripts("moments")}
            const moments = make_moments(() => {{}});
            const [points, first] = [[[0, 0]], {{}}];
            const most = [];
            for (let at = 0; at < 5000; at++) {{
                points.push([at, at]);
                const stroke = {{ points }};
                const drawing = {{ ground: null, strokes: [], stroke, length: points.length }};
                moments.asked({{ ...drawing, first }});
                moments.came(at);
                most.push(moments.all().length);
            }}
            const pictures = moments.all().map(({{ picture }}) => picture);
            return {{ pictures, most: Math.max(...most) }};
        }}"""
    )
    pictures = kept["pictures"]
    assert kept["most"] <= 97
    assert (pictures[0], pictures[-1]) == (0, 4999)
    gaps = set(np.diff(pictures[:-1]))
    assert len(gaps) == 1, "evenly"
    assert pictures == sorted(pictures)


def test_another_drawing_begins_another_film(page: Page) -> None:
    counts = page.evaluate(
        f"""() => {{
            {scripts("moments")}
            const moments = make_moments(() => {{}});
            const one = {{ points: [[0, 0]] }}, other = {{ points: [[0, 0]] }};
            const counts = [];
            const follow = (drawing) => {{
                moments.asked({{ ...drawing, first: drawing.strokes[0] ?? drawing.stroke }});
                moments.came("");
                counts.push(moments.all().length);
            }};
            follow({{ ground: null, strokes: [], stroke: one }});
            follow({{ ground: null, strokes: [one], stroke: null }});
            follow({{ ground: null, strokes: [one], stroke: other }});
            follow({{ ground: null, strokes: [other], stroke: null }});
            moments.asked(null);
            moments.came("");
            counts.push(moments.all().length);
            return counts;
        }}"""
    )
    assert counts == [1, 2, 3, 1, 1]


@pytest.mark.parametrize(("side", "count"), [(1, 1), (97, 3), (160, 2)])
def test_frames_of_noise_are_read_back_as_they_were(page: Page, side: int, count: int) -> None:
    """Codes of all lengths, a full table, and blocks of all sizes."""
    levels = np.array([0, 82, 165, 255], np.uint8)
    frames = np.random.default_rng(3).choice(levels, (count, side, side, 3))
    alpha = np.full((count, side, side, 1), 255, np.uint8)
    told = [frame.ravel().tolist() for frame in np.concatenate([frames, alpha], -1)]
    content = page.evaluate(
        f"""async ([frames, side]) => {{
            {scripts("gif")}
            const size = {{ width: side, height: side }};
            const gif = make_gif({{ ...size, colours: colours_of(frames), xmp: "<x/>" }});
            for (const frame of frames) gif.add(frame, 0.1);
            gif.add(frames.at(-1), 0.1);
            return [...new Uint8Array(await gif.file().arrayBuffer())];
        }}""",
        [told, side],
    )
    film = Image.open(BytesIO(bytes(content)))
    read = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]
    assert len(read) == count + 1
    for got, wanted in zip(read, [*frames, frames[-1]], strict=True):
        assert np.array_equal(got, wanted)
