"""Webhooks: asked for by the real client, delivered over the wire."""

import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from huggingface_hub import HfApi, WebhookWatchedItem

from tests.gallery.hub_fixtures import ServedHub

Letters = queue.Queue[tuple[str | None, dict]]


@pytest.fixture
def letter_box() -> Iterator[tuple[str, Letters]]:
    """An address, and what arrives there: the secret's header and the body."""
    letters: Letters = queue.Queue()

    class Box(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            letters.put((self.headers["X-Webhook-Secret"], json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Box) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook", letters
        server.shutdown()


def test_who_watches_is_told_of_changes(
    small_hub: ServedHub, api: HfApi, letter_box: tuple[str, Letters]
) -> None:
    address, letters = letter_box
    watched = [WebhookWatchedItem(type="user", name="grace-h")]
    made = api.create_webhook(url=address, watched=watched, domains=["repo"], secret="s3cret")
    small_hub.hub.add_space("grace-h/clouds")
    small_hub.hub.add_space("ada-l/other")
    small_hub.hub.set_stage("grace-h/clouds", "SLEEPING")
    told = [letters.get(timeout=60) for _ in range(3)]
    assert [(secret, body["event"]["scope"]) for secret, body in told] == [
        ("s3cret", "repo"),
        ("s3cret", "repo.content"),
        ("s3cret", "repo.config"),
    ]
    assert {body["repo"]["name"] for _, body in told} == {"grace-h/clouds"}
    assert [webhook.id for webhook in api.list_webhooks()] == [made.id]
    api.delete_webhook(made.id)
    small_hub.hub.set_stage("grace-h/clouds", "RUNNING")
    assert letters.empty()
