"""The page that lists a host's demos, and the one that says a sentence in place of a demo."""

import io
import logging
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from PIL import Image
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from spaces.door.answers import problem
from spaces.host.listing import Listing
from spaces.look.tokens import tokens

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
SIDE = 480
"""Pixels of a card's picture, which is square."""
PAGES = Environment(loader=FileSystemLoader(FOLDER / "pages"), autoescape=True)


class FrontPage:
    """The list; pictures are those of each demo's first example, and are made small once."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._pictures = {
            f"{path}.webp": Path(entry.examples[0].result)
            for path, entry in listing.demos.items()
            if entry.examples
        }
        self._small = cache(_small)

    def html(self) -> str:
        return PAGES.get_template("list.html").render(
            listing=self._listing, pictures=self._pictures
        )

    def sentence(self, request: Request, sentence: str, status: int) -> Response:
        """A page where one is looked at, JSON for programs."""
        if "text/html" not in request.headers.get("accept", ""):
            return problem(sentence, status)
        page = PAGES.get_template("sentence.html")
        return HTMLResponse(page.render(sentence=sentence, listing=self._listing), status)

    def style(self) -> str:
        return tokens(lambda font: font.name) + (FOLDER / "pages" / "list.css").read_text("utf-8")

    def picture(self, name: str) -> bytes | None:
        """A card's picture as WebP; None where there is none of that name."""
        file = self._pictures.get(name)
        return None if file is None else self._small(file)


def _small(file: Path) -> bytes | None:
    try:
        with Image.open(file, formats=("PNG", "JPEG", "WEBP")) as picture:
            small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    except (OSError, ValueError):
        log.warning("%s is no picture that can be read", file)
        return None
    stream = io.BytesIO()
    small.save(stream, "WEBP", quality=85)
    return stream.getvalue()
