"""What a page says of itself before any script runs, in both ways of serving."""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from io import BytesIO

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from spaces.demo.config import DemoConfig
from spaces.demo.examples import examples
from spaces.demo.page import Demo, build_demo, launch
from spaces.demo.preview import SIZE, preview_of
from spaces.host.demos import mounted
from tests.fake_engine import FakeEngine

CONFIG = DemoConfig(
    title='Cats & "dogs" <both>', description="It paints pets.", examples=examples()
)
Fetch = Callable[..., TestClient]


class Head(HTMLParser):
    """The tags that link previews read, and how often each stands there."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.language: str | None = None
        self.tags: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang")
        if tag == "meta" and (key := given.get("property") or given.get("name")):
            self.tags.setdefault(key, []).append(given.get("content") or "")


def demo() -> Demo:
    return build_demo(CONFIG, FakeEngine())


@pytest.fixture(params=["launched", "mounted", "mounted below"])
def page(request: pytest.FixtureRequest) -> Iterator[tuple[TestClient, str]]:
    """A client, and the path of the page."""
    if request.param == "launched":
        blocks = demo()
        app, _, _ = launch(blocks, prevent_thread_lock=True, quiet=True)
        yield TestClient(app, base_url="https://a-space.example"), "/"
        blocks.close(verbose=False)
        return
    path = "/" if request.param == "mounted" else "/photo"
    app = mounted(demo(), path)
    yield TestClient(app, base_url="https://a-space.example"), f"{path.rstrip('/')}/"


def test_a_link_s_preview_is_the_space_s_own(page: tuple[TestClient, str]) -> None:
    client, path = page
    head = Head(client.get(path).text)
    root = f"https://a-space.example{path}"
    picture = f"{root}{preview_of(CONFIG).name}"
    wanted = {
        "og:title": CONFIG.title,
        "og:description": CONFIG.description,
        "og:url": root,
        "og:image": picture,
        "twitter:card": "summary_large_image",
        "twitter:title": CONFIG.title,
        "twitter:description": CONFIG.description,
        "twitter:image": picture,
    }
    assert {key: head.tags[key] for key in wanted} == {key: [it] for key, it in wanted.items()}
    assert "gradio" not in str(head.tags).lower()
    assert head.language == "en"


@pytest.mark.slow
def test_the_preview_s_picture_is_for_everybody_and_for_keeps(
    page: tuple[TestClient, str],
) -> None:
    client, path = page
    (address,) = Head(client.get(path).text).tags["og:image"]
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "set-cookie" not in answer.headers
    with Image.open(BytesIO(answer.content)) as picture:
        assert picture.size == SIZE
    assert client.get(f"{path}preview-0000000000000000.png").status_code == 404


def test_behind_a_proxy_addresses_are_those_that_people_see() -> None:
    client = TestClient(mounted(demo(), "/"), base_url="http://10.0.0.7:7860")
    seen = {"X-Forwarded-Host": "cats.example", "X-Forwarded-Proto": "https"}
    head = Head(client.get("/", headers=seen).text)
    assert head.tags["og:url"] == ["https://cats.example/"]
    assert head.tags["og:image"] == [f"https://cats.example/{preview_of(CONFIG).name}"]


def test_a_space_without_examples_has_a_picture_of_its_name() -> None:
    bare = DemoConfig(title="Words " * 40, description="It paints. " * 40)
    with Image.open(BytesIO(preview_of(bare).png)) as picture:
        assert picture.size == SIZE
        assert len(picture.convert("L").getcolors() or []) > 20, "letters"


def test_the_picture_is_said_to_show_what_it_shows() -> None:
    assert preview_of(CONFIG).alt == f"{CONFIG.title}: pictures made with it"
    without = DemoConfig(title="Cats", description="It paints pets.")
    assert preview_of(without).alt == "Cats"
