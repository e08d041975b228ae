"""Takes the README's pictures of the gallery, from a running practice.

    python -m gallery practice                # in another shell; wait until the demo is live
    python -m tests.screenshots [ADDRESS]     # http://127.0.0.1:7861

On a wide screen and on a phone; each picture is kept under 300 kB.
"""

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps
from playwright.sync_api import Browser, sync_playwright

from tests.browser import CHROMIUM, FLAGS

FOLDER = Path(__file__).parents[1] / "gallery" / "screenshots"
MOST_BYTES = 300_000
USUAL = "http://127.0.0.1:7861"


@dataclass(frozen=True)
class Screen:
    """`scale` is how many pixels of the picture one of the page takes."""

    name: str
    width: int
    height: int
    scale: int


SCREENS = (Screen("wide", 1440, 900, 1), Screen("phone", 390, 844, 2))
PAGES = {"home": "/practice", "submission": "/practice/submissions/1"}


def main(arguments: Sequence[str]) -> int:
    """0 when all of them are there anew."""
    address = arguments[0] if arguments else USUAL
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        for screen in SCREENS:
            for name, path in PAGES.items():
                file = FOLDER / f"{name}-{screen.name}.png"
                file.write_bytes(small(take(browser, address + path, screen)))
                print(f"{file.relative_to(FOLDER.parents[1])}: {file.stat().st_size // 1000} kB")
        browser.close()
    return 0


def take(browser: Browser, address: str, screen: Screen) -> bytes:
    """What is seen without scrolling, as a PNG."""
    page = browser.new_page(
        viewport={"width": screen.width, "height": screen.height},
        device_scale_factor=screen.scale,
        reduced_motion="reduce",
    )
    page.goto(address, wait_until="networkidle")
    picture = page.screenshot()
    page.close()
    return picture


def small(png: bytes) -> bytes:
    """The same in as many colours as fit. Raises ValueError if even few are too large.

    Fewer bits to each channel, and not a palette of the most frequent colours: that would take a
    page's small accents for grey.
    """
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for bits in (8, 6, 5):
        file = io.BytesIO()
        ImageOps.posterize(picture, bits).save(file, "PNG", optimize=True)
        if file.tell() <= MOST_BYTES:
            return file.getvalue()
    raise ValueError(f"the picture has {file.tell()} bytes, not {MOST_BYTES}; show less on it")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
