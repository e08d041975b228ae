"""Many demos in one process: paths, the list, what is shared and what is not."""

import socket
import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from inference.errors import CheckpointNotFound
from inference.request import GenerationRequest, Progress, Update
from spaces.demo.config import DemoConfig
from spaces.demo.examples import SCENES
from spaces.demo.queueing import PER_SESSION
from spaces.host.app import build_host
from spaces.host.listing import read_listing
from spaces.host.serving import listening
from tests.fake_engine import FakeEngine, colour_of
from tests.spaces.demo.mcp.model import call, said
from tests.spaces.host.hosted import on_loopback
from tests.spaces.host.listed import demo, written

BROWSER = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def painter() -> FakeEngine:
    return FakeEngine(controls=("canny", "cats.lines"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, painter: FakeEngine) -> Iterator[str]:
    cats = demo(
        team="Cats & Co",
        title="Cats",
        controlnets={"lines": "owner/lines"},
        limits={"num_images": 2},
        defaults={"num_images": 2, "steps": 3},
        style="in ink",
        examples=[SCENES[0]],
    )
    dogs = demo(title="<b>Dogs</b>", description="“Good” ones.", words_alone=True)
    broken = demo(title="Broken", controlnets={"canny": "owner/gone"})
    faulty = demo(title="Faulty", defaults={"sampler": "magic"})
    folder = tmp_path_factory.mktemp("host")
    demos = {"cats": cats, "dogs": dogs, "broken": broken, "faulty": faulty}
    listing = read_listing(written(folder, demos, title="A sprint & its demos"))
    refused = {"broken.canny": CheckpointNotFound("there is no owner/gone; check its spelling")}
    with on_loopback(build_host(listing, painter, refused=refused)) as url:
        yield url


@pytest.fixture(scope="module")
def web(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        yield client


def test_the_list_names_every_demo_and_leads_to_it(web: httpx.Client) -> None:
    answer = web.get("/", headers=BROWSER)
    page = answer.text
    assert answer.status_code == 200
    assert "<title>A sprint &amp; its demos</title>" in page
    for path in ("cats", "dogs", "broken"):
        assert f'href="/{path}/"' in page
    assert "&lt;b&gt;Dogs&lt;/b&gt;" in page
    assert "Cats &amp; Co" in page
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert web.get("/_/style.css").headers["content-type"].startswith("text/css")
    assert web.get("/_/newsreader.woff2").headers["content-type"] == "font/woff2"


def test_a_card_s_picture_is_that_of_the_first_example(web: httpx.Client, tmp_path: Path) -> None:
    answer = web.get("/_/cats.webp")
    (tmp_path / "card.webp").write_bytes(answer.content)
    with Image.open(tmp_path / "card.webp") as card:
        assert card.size == (480, 480)
    for name in ("dogs.webp", "../cats.webp", "..%2flist.html", "spaces.toml", ""):
        assert web.get(f"/_/{name}").status_code == 404, name


@pytest.mark.slow
def test_a_demo_is_at_its_path_with_and_without_a_slash(web: httpx.Client) -> None:
    for path in ("/cats", "/cats/"):
        answer = web.get(path, headers=BROWSER, follow_redirects=True)
        assert (answer.status_code, answer.url.path) == (200, "/cats/")
        assert "<title>Cats</title>" in answer.text


@pytest.mark.parametrize("path", ["/birds", "/birds/", "/cats.webp", "/_", "/Cats/"])
def test_where_no_demo_is_one_sentence_says_so(web: httpx.Client, path: str) -> None:
    page, told = web.get(path, headers=BROWSER), web.get(path)
    assert page.status_code == told.status_code == 404
    assert "There is no demo at this address" in page.text
    assert told.json()["error"].startswith("There is no demo at this address")
    assert web.post(path, json={}).status_code == 405


@pytest.mark.slow
def test_a_demo_that_cannot_be_loaded_is_one_sentence_and_the_others_work(
    web: httpx.Client,
) -> None:
    for path, why in (
        ("/broken/", "there is no owner/gone; check its spelling."),
        ("/faulty/", "defaults.sampler must be one of"),
    ):
        page = web.get(path, headers=BROWSER)
        assert page.status_code == 503
        assert f"This demo cannot be loaded: {why}" in page.text
        assert "Traceback" not in page.text
        called = web.post(f"{path}gradio_api/call/generate", json={"data": []})
        assert called.status_code == 503
        assert why in called.json()["error"]
    assert web.get("/dogs/", headers=BROWSER).status_code == 200


@pytest.mark.slow
def test_a_program_asks_each_demo_at_its_path_with_that_demo_s_own_options(
    address: str, painter: FakeEngine, square: Path
) -> None:
    cats = Client(f"{address}/cats/", verbose=False)
    pictures, told = cats.predict("a cat", handle_file(square), seed=4, api_name="/generate")
    assert (len(pictures), told["steps"]) == (2, 3)
    with Image.open(pictures[1]) as second:
        assert second.convert("RGB").getpixel((32, 32)) == colour_of(5)
    asked = painter.requests[-1]
    assert asked.prompt == "a cat, in ink"
    assert [control.name for control in asked.controls] == ["cats.lines"]
    assert [one["name"] for one in told["parameters"][0]["controls"]] == ["lines"]
    assert cats.predict(api_name="/info")["controls"] == ["lines"]
    with pytest.raises(AppError, match="number of images must be at most 2 in this demo"):
        cats.predict("a cat", handle_file(square), num_images=3, api_name="/generate")
    with pytest.raises(AppError, match="control must be one of lines, got 'canny'"):
        cats.predict("a cat", handle_file(square), control="canny", api_name="/generate")
    dogs = Client(f"{address}/dogs/", verbose=False)
    _, told = dogs.predict("a dog", None, seed=4, api_name="/generate")
    assert told["steps"] == 6
    for client in (cats, dogs):
        client.close()


def test_a_file_of_one_demo_s_visitor_is_none_of_another_demo_s(
    web: httpx.Client, square: Path
) -> None:
    def named(path: str) -> str:
        (name,) = web.post(f"{path}gradio_api/upload", files={"files": square.read_bytes()}).json()
        return name

    of_cats, of_dogs = named("/cats/"), named("/dogs/")
    for path, own, other in (("/cats/", of_cats, of_dogs), ("/dogs/", of_dogs, of_cats)):
        assert web.get(f"{path}gradio_api/file={own}").content == square.read_bytes()
        assert web.get(f"{path}gradio_api/file={other}").status_code == 404
        value = {"path": other, "meta": {"_type": "gradio.FileData"}}
        values = {"picture": value, "annotator": "none"}
        begun = web.post(f"{path}gradio_api/call/v2/control_map", json=values)
        number = begun.json()["event_id"]
        told = web.get(f"{path}gradio_api/call/control_map/{number}").text
        assert "a file that was uploaded here" in told


class Held(FakeEngine):
    """One that makes nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def generate(
        self, request: GenerationRequest, *, client: str = ""
    ) -> Generator[Update, None, None]:
        while not self.let_go.wait(0.05):
            yield Progress(step=0, steps=1)
        yield from super().generate(request, client=client)


@pytest.mark.slow
def test_the_places_in_the_queue_are_those_of_all_demos_together(
    tmp_path: Path, square: Path
) -> None:
    """One visitor's share, over two pages: who asks at both has no more than who asks at one."""
    painter = Held()
    both = {name: demo(words_alone=True) for name in ("cats", "dogs")}
    listing = read_listing(written(tmp_path, both))
    with on_loopback(build_host(listing, painter, refused={})) as url:
        told = []
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            for path in ("cats", "dogs"):
                config = client.get(f"/{path}/config").json()
                number = next(
                    one["id"] for one in config["dependencies"] if one["api_name"] == "generate"
                )
                info = client.get(f"/{path}/gradio_api/info").json()
                asked = info["named_endpoints"]["/generate"]["parameters"]
                data = [one.get("parameter_default") for one in asked]
                data[0] = "a box"
                for _ in range(PER_SESSION - 1):
                    body = {"fn_index": number, "data": data, "session_hash": "one"}
                    client.post(f"/{path}/gradio_api/queue/join", json=body).raise_for_status()
            with client.stream("GET", "/dogs/gradio_api/queue/data?session_hash=one") as answer:
                for line in answer.iter_lines():
                    if "process_completed" in line:
                        told.append(line)
                        break
        painter.let_go.set()
    assert f"One visitor may have {PER_SESSION} jobs in the queue" in told[0]


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(OSError, match=f"no port of {port} to {port} is free; choose another"),
            listening("127.0.0.1", port),
        ):
            pass


def test_nothing_is_built_before_somebody_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []
    monkeypatch.setattr(
        "spaces.host.app.build_demo", lambda config, *_, **__: built.append(config.title)
    )
    listing = read_listing(written(tmp_path, {"cats": demo(title="Cats"), "dogs": demo()}))
    with TestClient(build_host(listing, FakeEngine(), refused={})) as client:
        assert client.get("/").status_code == 200
        assert built == []
        assert client.get("/cats/").status_code == 503, "None is no demo"
        assert built == ["Cats"]


@pytest.mark.parametrize("model", ["embedded", "owner/base"])
def test_a_page_offers_what_its_model_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    engine = FakeEngine()
    engine.info = replace(engine.info, model=model)
    built: list[DemoConfig] = []

    def build(config: DemoConfig, *_: object, **__: object) -> None:
        built.append(config)

    monkeypatch.setattr("spaces.host.app.build_demo", build)
    listing = read_listing(written(tmp_path, {"cats": demo()}))
    with TestClient(build_host(listing, engine, refused={})) as client:
        client.get("/cats/")
    (config,) = built
    assert (config.known is not None) == (model == "embedded")
    assert config.known is None or "teapot" in config.known.things


def test_each_demo_has_tools_of_its_own_for_language_models(address: str) -> None:
    made = call(f"{address}/dogs", "generate", prompt="a dog", seed=5)
    (picture,) = made.structured_content["pictures"]
    assert picture.startswith(f"{address}/dogs/gradio_api/file=")
    assert httpx.get(picture, trust_env=False).headers["content-type"] == "image/png"
    elsewhere = call(f"{address}/cats", "control_map", picture=picture)
    assert "picture must be a picture that is here" in said(elsewhere)
