"""What is seen of a Space where somebody shares its address: name, sentence and picture."""

import hashlib
import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from spaces.demo.config import DemoConfig
from spaces.look.palette import FONTS, GROTESK, LIGHT, SERIF

SIZE = (1200, 630)
"""Width and height that link previews are cut to, in pixels."""
EDGE = 72
GAP = 24
MOST = 3
"""How many of a Space's examples its picture shows."""


@dataclass(frozen=True)
class Preview:
    """A Space in three parts; `png` is its picture, and `alt` says what that shows."""

    title: str
    description: str
    png: bytes
    alt: str

    @cached_property
    def name(self) -> str:
        """The picture's file name, another one for each picture, so that it may be kept."""
        return f"preview-{hashlib.sha256(self.png).hexdigest()[:16]}.png"


@lru_cache(maxsize=32)
def preview_of(config: DemoConfig) -> Preview:
    """The preview of a Space: its words, above results of its examples where it has some."""
    results = [example.result for example in config.examples[:MOST]]
    stream = io.BytesIO()
    card(config.title, config.description, results).save(stream, "PNG", optimize=True)
    return Preview(
        title=config.title,
        description=config.description,
        png=stream.getvalue(),
        alt=f"{config.title}: pictures made with it" if results else config.title,
    )


def card(title: str, description: str, results: Sequence[Path]) -> Image.Image:
    """The picture: RGB of `SIZE`, on the paper of the pages."""
    width, height = SIZE
    picture = Image.new("RGB", SIZE, LIGHT.paper)
    draw = ImageDraw.Draw(picture)
    y = EDGE if results else height // 3
    y = _write(draw, title, SERIF, size=64, lines=2 if results else 3, y=y, ink=LIGHT.ink)
    y = _write(draw, description, GROTESK, size=32, lines=2, y=y + 8, ink=LIGHT.muted)
    top = y + 40
    side = min(height - EDGE // 2 - top, (width - 2 * EDGE - (MOST - 1) * GAP) // MOST)
    for index, path in enumerate(results):
        with Image.open(path, formats=("PNG", "JPEG", "WEBP", "GIF")) as result:
            made = result.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
        x = EDGE + index * (side + GAP)
        rounded = Image.new("L", made.size)
        ImageDraw.Draw(rounded).rounded_rectangle((0, 0, side - 1, side - 1), 24, fill=255)
        picture.paste(made, (x, top), rounded)
        box = (x, top, x + side - 1, top + side - 1)
        draw.rounded_rectangle(box, 24, outline=LIGHT.hairline, width=2)
    return picture


def _write(
    draw: ImageDraw.ImageDraw, text: str, font: str, *, size: int, lines: int, y: int, ink: str
) -> int:
    """Writes at most so many lines from `y` on; gives where they end."""
    letters = ImageFont.truetype(FONTS[font][0], size)
    room = SIZE[0] - 2 * EDGE
    across = max(1, int(len(text) * room / max(letters.getlength(text), 1)) - 2)
    for line in textwrap.wrap(text, across, max_lines=lines, placeholder=" …"):
        draw.text((EDGE, y), line, font=letters, fill=ink)
        y += round(size * 1.25)
    return y
