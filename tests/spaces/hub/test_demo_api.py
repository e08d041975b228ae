"""Asking demos for a picture, against Gradio demos that are really served."""

import io
import json
from collections.abc import Callable

import gradio as gr
import pytest
from PIL import Image

from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from spaces.errors import DemoUnavailable
from spaces.hub.demo_api import ask_demo, ask_openly
from spaces.hub.demo_inputs import Given
from tests.fake_engine import FakeEngine

HOST = "http://demo.test"


@pytest.fixture(scope="module")
def ours(served: Callable[..., str]) -> str:
    config = DemoConfig(title="Test", description="A test.", control="canny")
    return served(build_demo(config, FakeEngine()))


@pytest.fixture(scope="module")
def theirs(served: Callable[..., str]) -> str:
    """Such demos as teams write, with endpoints that need a second look."""

    def paint(picture: dict, prompt: str, seed: float, style: str) -> tuple[Image.Image, str]:
        assert picture["background"] is not None
        assert prompt
        return Image.new("RGB", (8, 8), "red"), f"{seed} {style}"

    with gr.Blocks() as demo:
        words = gr.Textbox(label="Negative prompt")
        words.submit(len, words, gr.Number(), api_name="count")
        inputs = [
            gr.ImageEditor(label="Drawing"),
            gr.Textbox(label="Prompt"),
            gr.Slider(0, 10, value=3, label="Seed"),
            gr.Dropdown(["oil", "ink"], label="Style"),
        ]
        gr.Button().click(paint, inputs, [gr.Image(), gr.Textbox()], api_name="paint")
    return served(demo)


def test_our_own_demo_answers_with_a_picture(ours: str) -> None:
    answer = ask_demo(ours, ask_openly, seconds=30)
    assert answer.endpoint == "/generate"
    assert answer.picture is not None
    with Image.open(io.BytesIO(answer.picture)) as picture:
        assert min(picture.size) > 1


@pytest.mark.slow
def test_a_team_s_demo_is_given_what_it_needs(theirs: str) -> None:
    answer = ask_demo(theirs, ask_openly, seconds=30)
    assert answer.endpoint == "/paint"
    assert answer.picture is not None


@pytest.mark.slow
def test_a_demo_makes_what_it_is_given_and_says_what_it_took(ours: str, theirs: str) -> None:
    given = [Given(prompt=words, seed=seed) for words, seed in (("fish", 3), ("fish", 4))]
    made = [ask_demo(ours, ask_openly, one, seconds=30) for one in (*given, given[0])]
    assert {one.took for one in made} == {("words", "picture", "seed")}
    assert made[0].picture == made[2].picture != made[1].picture
    beyond = Given(prompt="fish", seed=11)
    assert ask_demo(theirs, ask_openly, beyond, seconds=30).took == ("words", "picture")


@pytest.mark.slow
def test_a_picture_of_our_own_is_handed_in(served: Callable[..., str]) -> None:
    def same(picture: Image.Image) -> Image.Image:
        return picture

    echo = served(gr.Interface(same, gr.Image(type="pil"), gr.Image(format="png")))
    file = io.BytesIO()
    Image.new("RGB", (40, 24), "teal").save(file, "WEBP", lossless=True)
    given = Given(picture=file.getvalue(), picture_type="image/webp")
    answer = ask_demo(echo, ask_openly, given, seconds=30)
    assert answer.picture is not None
    with Image.open(io.BytesIO(answer.picture)) as picture:
        assert (picture.size, picture.convert("RGB").getpixel((1, 1))) == ((40, 24), (0, 128, 128))


def test_a_demo_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(DemoUnavailable, match="must answer"):
        ask_demo("http://127.0.0.1:9", ask_openly, seconds=2)


def _told(answers: dict[str, object]) -> Callable[..., bytes]:
    """An `Ask` that knows its answers by the end of the address."""

    def ask(address: str, content: bytes | None = None, **_bounds: object) -> bytes:
        for end, answer in answers.items():
            if address.endswith(end):
                return answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        raise DemoUnavailable(f"nothing at {address}")

    return ask


INFO = {"named_endpoints": {"/make": {"parameters": [], "returns": [{"component": "Image"}]}}}


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"/info": b"<html>"}, "as Gradio 4 or newer"),
        ({"/info": []}, "as Gradio 4 or newer"),
        ({"/info": {"named_endpoints": {}}}, "no named endpoint"),
        ({"/info": {"named_endpoints": {"/a": {"returns": [{"component": "JSON"}]}}}}, "got /a"),
        ({"/info": {"named_endpoints": {"/a": 3}}}, "got /a"),
        ({"/info": INFO, "/call/make": {}}, "as Gradio 4 or newer"),
        (
            {
                "/info": INFO,
                "/call/make": {"event_id": "e"},
                "/call/make/e": b'event: error\ndata: "out of memory"\n\n',
            },
            "got an error: out of memory",
        ),
        (
            {
                "/info": INFO,
                "/call/make": {"event_id": "e"},
                "/call/make/e": b"event: heartbeat\ndata: null\n\n",
            },
            "got no answer",
        ),
    ],
)
def test_every_other_answer_is_one_error(answers: dict[str, object], sentence: str) -> None:
    with pytest.raises(DemoUnavailable, match=sentence):
        ask_demo(HOST, _told(answers))


@pytest.mark.parametrize(
    ("output", "file", "picture"),
    [
        (b'[{"path": "/tmp/a.png"}]', b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n"),
        (
            b'[[{"image": {"path": "/tmp/a.webp"}, "caption": null}]]',
            b"RIFF....WEBP",
            b"RIFF....WEBP",
        ),
        (b'["data:image/png;base64,AAAA"]', b"", b"\0\0\0"),
        (b'["data:image/svg+xml,%3Csvg"]', b"", b"<svg"),
        (b'["data:image/png;base64,A"]', b"", None),
        (b'[{"path": "/tmp/a.txt"}]', b"words", None),
        (b'["words"]', b"", None),
    ],
)
def test_a_picture_is_told_by_its_first_bytes(
    output: bytes, file: bytes, picture: bytes | None
) -> None:
    answers: dict[str, object] = {
        "/info": INFO,
        "/call/make": {"event_id": "e"},
        "/call/make/e": b"event: generating\ndata: []\n\nevent: complete\ndata: %b\n\n" % output,
        ".png": file,
        ".webp": file,
        ".txt": file,
    }
    assert ask_demo(HOST, _told(answers)).picture == picture


def test_gradio_4_answers_without_the_prefix() -> None:
    answers = {
        "demo.test/info": INFO,
        "demo.test/call/make": {"event_id": "e"},
        "/call/make/e": b'event: complete\ndata: ["data:image/png;base64,AA"]\n\n',
    }
    assert ask_demo(HOST, _told(answers)).picture
