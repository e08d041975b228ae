"""The small Hub's pages: links to it lead somewhere, and nothing on it can run scripts."""

import httpx
import pytest

from tests.gallery.hub_fixtures import ServedHub

BROWSER = {"Accept": "text/html,*/*"}


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/", 200, "ada-l/clouds"),
        ("/spaces/ada-l/clouds", 200, "Open the demo"),
        ("/ada-l/m", 200, "What it is"),
        ("/ada-l", 200, "ada-l/m"),
        ("/demo/ada-l/clouds", 503, "is not running: paused"),
        ("/nobody", 404, "there is nobody called"),
        ("/spaces/ada-l/nowhere", 401, "Invalid username or password"),
        ("/buckets/ada-l/clouds", 404, "there are no buckets here"),
        ("/static/x/nothing.css", 404, "there is no file"),
    ],
)
def test_every_link_leads_somewhere(
    small_hub: ServedHub, path: str, status: int, words: str
) -> None:
    small_hub.hub.add_space("ada-l/clouds", runtime="PAUSED")
    small_hub.hub.add_model("ada-l/m", readme="---\nlicense: mit\n---\n# What it is\n")
    answer = httpx.get(f"{small_hub.address}{path}", headers=BROWSER, timeout=60)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert answer.headers["content-type"].startswith("text/html")


def test_what_people_write_runs_nothing(small_hub: ServedHub) -> None:
    evil = "<script>alert(1)</script>"
    card = {"title": evil, "tags": [evil], "emoji": evil}
    small_hub.hub.add_space("ada-l/clouds", card=card, host="http://127.0.0.1:1")
    small_hub.hub.change("space", "ada-l/clouds", {"page.html": evil.encode()})
    page = httpx.get(f"{small_hub.address}/spaces/ada-l/clouds", headers=BROWSER, timeout=60)
    assert evil not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    file = httpx.get(f"{small_hub.address}/spaces/ada-l/clouds/resolve/main/page.html", timeout=60)
    assert file.headers["content-type"].startswith("text/plain")
