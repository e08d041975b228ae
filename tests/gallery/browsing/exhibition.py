"""A gallery with pictures, and a demo beside it, served on loopback for a browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

from PIL import Image

from gallery.actor import COMMAND_LINE
from gallery.database.connection import Database
from gallery.database.tables import Account
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.people import sessions
from gallery.settings import Settings
from gallery.sources import records
from gallery.submissions.pictures import PictureStore, keep, prepare
from spaces.hub.facts import SpaceFacts
from tests.gallery.browsing.entries import STATES, entry, hand_in
from tests.gallery.summer import NOW

EXAMPLES = Path(__file__).parents[3] / "spaces" / "demo" / "examples"
NAMES = ("apple", "balloon", "cactus", "fish", "mug", "teapot")
COUNT = 30


class _Demo(BaseHTTPRequestHandler):
    """A page that shows, and needs, what a demo needs: scripts and an origin of its own."""

    PAGE = (
        b"<!doctype html><title>Demo</title><h1></h1><script>localStorage.setItem('a', 'b');"
        b"document.querySelector('h1').textContent = 'The demo runs';</script>"
    )

    def do_GET(self) -> None:
        found = self.path.startswith("/?") or self.path == "/"
        self.send_response(200 if found else 204)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        if found:
            self.wfile.write(self.PAGE)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def demo() -> Iterator[str]:
    """A demo's address while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Demo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def filled(folder: Path, event: Event, base_url: str, demo_address: str) -> Gallery:
    """`COUNT` demos with pictures; the first is `Apples to try`, and `ada-l` has an account."""
    settings = Settings.model_validate(
        {"base_url": base_url, "data_dir": folder, "secret_key": "for tests alone"}
    )
    database = Database(settings.database)
    database.migrate()
    gallery = Gallery(settings, database, {event.slug: event}, lambda: NOW)
    store = PictureStore(settings.pictures_dir)
    pictures = [prepare(_picture(name, shift)) for shift in (0, 90) for name in NAMES]
    with database.write() as session:
        digests = [
            keep(session, COMMAND_LINE, NOW, store=store, picture=each).digest for each in pictures
        ]
        for number in range(COUNT):
            place = number % len(NAMES)
            shown = [digests[(place + step) % len(digests)] for step in (0, 6, 1, 2, 3, 4)]
            samples = [{"digest": digest, "caption": "Drawn from one line"} for digest in shown]
            changes = {"title": "Apples to try"} if number == 0 else {}
            hand_in(
                session,
                event.slug,
                entry(number, thumbnail=shown[0], pictures=samples, **changes),
                NOW,
                health="live" if number == 0 else STATES[number % len(STATES)],
                likes=number,
                second_picture=shown[1],
            )
        space = "team-0/demo-0"
        told = SpaceFacts(repo_id=space, stage="RUNNING", host=demo_address)
        records.store(session, NOW, "space", space, told)
        session.add(Account(name="ada-l", display_name="ada-l", hub_name="ada-l", created_at=NOW))
    return gallery


def cookie_of(gallery: Gallery, name: str) -> dict[str, str]:
    """What a browser is given to be signed in as `name`."""
    with gallery.database.write() as session:
        account = session.query(Account).filter_by(name=name).one()
        value = sessions.begin(session, account, NOW, key=gallery.key)
    return {"name": sessions.COOKIE, "value": value, "url": gallery.settings.base_url}


def _picture(name: str, shift: int) -> bytes:
    """An example that the embedded model made, in another hue."""
    hue, saturation, value = Image.open(EXAMPLES / f"{name}-result.png").convert("HSV").split()
    turned = hue.point([(level + shift) % 256 for level in range(256)])
    file = BytesIO()
    Image.merge("HSV", (turned, saturation, value)).convert("RGB").save(file, "PNG")
    return file.getvalue()
