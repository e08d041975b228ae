import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio.utils import get_upload_folder
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageDraw

from spaces.demo.config import DemoConfig
from spaces.demo.options import OF_MAPS
from spaces.demo.page import build_demo
from tests.fake_engine import FakeEngine, colour_of
from tests.inference.strange_files import DAMAGED, FOREIGN, TOO_LARGE, png
from tests.lean import without

CONFIG = DemoConfig(title="Test", description="A test.", control="canny")


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture(scope="module")
def client(served: Callable[..., str], engine: FakeEngine) -> Iterator[Client]:
    client = Client(served(build_demo(CONFIG, engine)), verbose=False)
    yield client
    client.close()


@pytest.fixture
def square(tmp_path: Path) -> Path:
    image = Image.new("RGB", (96, 64), "white")
    ImageDraw.Draw(image).rectangle((40, 16, 72, 48), fill="black")
    image.save(tmp_path / "square.png")
    return tmp_path / "square.png"


def ask(client: Client, **fields: Any) -> tuple[list[str], dict[str, Any]]:
    return client.predict(**{"prompt": "a box", **fields}, api_name="/generate")


def refused(client: Client, endpoint: str = "/generate", **fields: Any) -> str:
    with pytest.raises(AppError) as caught:
        client.predict(**fields, api_name=endpoint)
    return str(caught.value)


def test_generate_returns_the_picture_of_the_request(client: Client, square: Path) -> None:
    paths, facts = ask(client, picture=handle_file(square), seed=0, num_images=2)
    assert facts["seeds"] == [0, 1]
    for path, seed in zip(paths, facts["seeds"], strict=True):
        with Image.open(path) as image:
            assert image.format == "PNG"
            assert image.size == (64, 64)
            assert image.getpixel((1, 1)) == colour_of(seed)
            assert json.loads(image.text["parameters"])["seed"] == seed


@pytest.mark.slow
def test_generate_starts_from_a_picture_and_paints_over_a_part(
    client: Client, engine: FakeEngine, square: Path, tmp_path: Path
) -> None:
    Image.new("L", (96, 64), 255).save(tmp_path / "mask.png")
    given = {"picture": handle_file(square), "start": handle_file(square), "strength": 0.3}
    ask(client, **given, mask=handle_file(tmp_path / "mask.png"))
    request = engine.requests[-1]
    assert request.init_image is not None
    assert request.mask is not None
    assert (request.strength, len(request.controls)) == (0.3, 1)
    Image.new("L", (64, 64), 255).save(tmp_path / "other.png")
    other = handle_file(tmp_path / "other.png")
    assert "mask must be as large as" in refused(client, prompt="a box", **given, mask=other)
    alone = {"picture": given["picture"], "mask": other}
    assert "must come with the start image" in refused(client, prompt="a box", **alone)


def test_the_control_map_is_that_of_the_uploaded_picture(client: Client, square: Path) -> None:
    path = client.predict(picture=handle_file(square), api_name="/control_map")
    with Image.open(path) as image:
        assert image.size == (64, 64)
        white = image.convert("L").getbbox()
    left, top, right, bottom = white
    assert abs(left - 24) <= 2
    assert abs(right - 56) <= 2
    assert abs(top - 16) <= 2
    assert abs(bottom - 48) <= 2


@pytest.mark.slow
def test_programs_say_what_a_map_is_read_with(
    client: Client, engine: FakeEngine, square: Path, tmp_path: Path
) -> None:
    Image.effect_noise((64, 64), 90).convert("RGB").save(tmp_path / "grain.png")
    given: dict[str, Any] = {"picture": handle_file(tmp_path / "grain.png")}
    edges = []
    for low, high in ((100, 200), (300, 480)):
        thresholds: dict[str, Any] = {"low_threshold": low, "high_threshold": high}
        path = client.predict(**given, **thresholds, api_name="/control_map")
        with Image.open(path) as drawn:
            edges.append(drawn.convert("RGB").tobytes())
        _, facts = ask(client, **given, **thresholds)
        assert engine.requests[-1].controls[0].map.tobytes() == edges[-1]
        (told,) = facts["parameters"][0]["controls"]
        assert (told["annotator"], told["low"], told["high"]) == ("canny", low, high)
    assert edges[0] != edges[1]
    message = refused(client, "/control_map", **given, low_threshold=1000)
    assert "low threshold must be a whole number from 0 to 500, got 1000" in message


def test_progress_arrives_before_the_result(client: Client, square: Path) -> None:
    job = client.submit("a box", handle_file(square), steps=4, api_name="/generate")
    job.result(timeout=120)
    assert [facts.get("step") for _, facts in job.outputs()] == [1, 2, 3, 4, None]


def test_info_names_model_samplers_and_defaults(client: Client, engine: FakeEngine) -> None:
    info = client.predict(api_name="/info")
    assert info["model"] == "painted"
    assert info["samplers"] == engine.info.samplers
    assert info["defaults"]["steps"] == 6


def test_every_parameter_is_documented(client: Client) -> None:
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == {"/generate", "/control_map", "/info"}
    for endpoint in endpoints.values():
        assert endpoint["description"]
        for parameter in endpoint["parameters"]:
            assert " " in parameter["label"], parameter


@pytest.mark.slow
def test_cancelling_a_job_stops_the_engine(
    served: Callable[..., str],
    square: Path,
) -> None:
    engine = FakeEngine(seconds_per_step=0.2)
    client = Client(served(build_demo(CONFIG, engine)), verbose=False)
    job = client.submit("a box", handle_file(square), steps=100, api_name="/generate")
    wait_until(lambda: len(job.outputs()) > 0)
    job.cancel()
    wait_until(lambda: not engine.running.is_set())
    assert (engine.cancelled, engine.finished) == (1, 0)
    client.close()


@pytest.mark.slow
def test_a_fault_of_ours_keeps_its_details_to_itself(
    served: Callable[..., str], square: Path
) -> None:
    class Broken(FakeEngine):
        def generate(self, request: Any, *, client: str = "") -> Any:
            raise ZeroDivisionError("secret")

    client = Client(served(build_demo(CONFIG, Broken())), verbose=False)
    message = refused(client, prompt="a box", picture=handle_file(square))
    assert "secret" not in message
    client.close()


@pytest.mark.slow
def test_a_space_that_reads_colours_takes_their_strength(
    served: Callable[..., str], square: Path
) -> None:
    engine = FakeEngine(controls=("canny", "palette"))
    config = dataclasses.replace(CONFIG, colours="palette")
    client = Client(served(build_demo(config, engine)), verbose=False)
    client.predict("a box", handle_file(square), colour_scale=0.5, api_name="/generate")
    assert [(one.name, one.scale) for one in engine.requests[0].controls] == [
        ("canny", 1.0),
        ("palette", 0.5),
    ]
    client.close()


@pytest.mark.slow
def test_programs_say_how_large_and_the_file_is(served: Callable[..., str], square: Path) -> None:
    engine = FakeEngine(upscales=(1, 2, 4))
    client = Client(served(build_demo(CONFIG, engine)), verbose=False)
    files, _ = client.predict("a box", handle_file(square), upscale=2, api_name="/generate")
    with Image.open(files[0]) as picture:
        assert picture.size == (128, 128)
    assert "must be one of 1, 2, 4, got 3" in refused(
        client, prompt="a box", picture=handle_file(square), upscale=3
    )
    client.close()


@pytest.mark.slow
def test_programs_are_told_what_there_is_to_know_about_the_model(
    served: Callable[..., str], square: Path
) -> None:
    engine = FakeEngine(notices=("DPM++ 2M stands in for DEIS",))
    client = Client(served(build_demo(CONFIG, engine)), verbose=False)
    _, facts = ask(client, picture=handle_file(square), karras="yes", zero_snr="no")
    assert facts["notices"] == ["DPM++ 2M stands in for DEIS"]
    assert client.predict(api_name="/info")["notices"] == ["DPM++ 2M stands in for DEIS"]
    assert (engine.requests[0].karras, engine.requests[0].zero_snr) == (True, False)
    client.close()


@pytest.mark.slow
def test_every_control_net_can_be_asked_for(served: Callable[..., str], square: Path) -> None:
    engine = FakeEngine(controls=("canny", "palette", "scribble"))
    client = Client(served(build_demo(CONFIG, engine)), verbose=False)
    asked: tuple[tuple[dict[str, str], str], ...] = (
        ({}, "canny"),
        ({"annotator": "scribble"}, "scribble"),
        ({"annotator": "palette"}, "palette"),
        ({"annotator": "none", "control": "palette"}, "palette"),
    )
    for fields, leads in asked:
        client.predict("a box", handle_file(square), **fields, api_name="/generate")
        assert [control.name for control in engine.requests[-1].controls] == [leads]
    message = refused(client, prompt="a box", picture=handle_file(square), control="magic")
    assert "control must be one of canny, palette, scribble, got 'magic'" in message
    client.close()


def wait_until(happened: Callable[[], bool], *, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"steps": 0}, "steps must be a whole number from 1 to 200, got 0"),
        ({"steps": -1}, "steps must be"),
        ({"steps": 10**6}, "steps must be"),
        ({"control_scale": 7}, "control scale must be a number from 0 to 2, got 7"),
        ({"guidance_scale": -3}, "guidance scale must be"),
        ({"control_start": 0.9, "control_end": 0.1}, "must not lie after"),
        ({"seed": -1}, "seed must be"),
        ({"num_images": 99}, "number of images must be"),
        ({"sampler": "magic"}, "sampler must be one of dpmpp_2m, euler, ddim, got 'magic'"),
        ({"karras": "maybe"}, "karras spacing must be automatic, yes or no, got 'maybe'"),
        ({"annotator": "magic"}, "annotator must be one of"),
        ({"low_threshold": 501}, "low threshold must be a whole number from 0 to 500, got 501"),
        ({"high_threshold": -1}, "high threshold must be a whole number from 0 to 500, got -1"),
        ({"annotator": "mlsd", "line_value": 9}, "line value must be a number from 0.01 to 2"),
        ({"prompt": "  "}, "prompt must say"),
        ({"prompt": "x" * 20_001}, "at most 20,000 characters, got 20,001"),
        ({"picture": None}, "picture must be an upload, a drawing or a photo, got none"),
    ],
)
def test_a_bad_field_is_refused_in_one_sentence(
    client: Client, square: Path, fields: dict[str, Any], words: str
) -> None:
    message = refused(client, **{"prompt": "a box", "picture": handle_file(square), **fields})
    assert words in message
    assert "Traceback" not in message
    assert message.count(";") >= 1


@pytest.mark.parametrize(
    ("endpoint", "fields"), [("/generate", {"prompt": "a box"}), ("/control_map", {})]
)
def test_a_learned_annotator_that_is_not_installed_is_refused_in_one_sentence(
    client: Client,
    square: Path,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
    fields: dict[str, Any],
) -> None:
    without("torch", monkeypatch)
    message = refused(client, endpoint, picture=handle_file(square), annotator="depth", **fields)
    assert "torch is not installed; install all with `pip install -r requirements.txt`" in message
    assert "Traceback" not in message


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("text.png", b"this is no picture", "got a file that is none"),
        ("empty.png", b"", "got an empty file"),
    ],
)
def test_a_file_that_is_no_picture_is_refused_in_one_sentence(
    client: Client, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for endpoint, fields in (("/generate", {"prompt": "a box"}), ("/control_map", {})):
        assert words in refused(client, endpoint, picture=handle_file(path), **fields)


@pytest.mark.slow
def test_calls_leave_nothing_behind_beside_what_they_were_given(
    client: Client, square: Path
) -> None:
    def loose() -> set[Path]:
        return {path for path in Path(get_upload_folder()).iterdir() if path.is_file()}

    before = loose()
    ask(client, picture=handle_file(square))
    client.predict(picture=handle_file(square), api_name="/control_map")
    assert loose() == before


def test_a_long_prompt_is_cut_and_said_to_be(client: Client, square: Path) -> None:
    _, facts = ask(client, prompt="word " * 2000, picture=handle_file(square))
    assert "cut after 200 characters" in facts["notices"][0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (png(20_000, 20_000), "at most 50 million pixels, got"),
        (png(1, 1), "at least 16×16 pixels, got 1×1"),
        *((data, "choose a PNG, JPEG, WebP or GIF file") for data in FOREIGN.values()),
        *((data, "got a file that breaks off or is damaged") for data in DAMAGED.values()),
        *((data, "million pixels") for data in TOO_LARGE.values()),
    ],
    ids=["huge", "tiny", *FOREIGN, *DAMAGED, *TOO_LARGE],
)
def test_a_picture_that_cannot_be_used_is_refused_in_one_sentence(
    client: Client, tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "picture.png").write_bytes(content)
    message = refused(client, "/control_map", picture=handle_file(tmp_path / "picture.png"))
    assert words in message
    assert "Traceback" not in message


def _odd_pictures() -> dict[str, tuple[Image.Image, dict[str, Any]]]:
    square = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(square).rectangle((16, 16, 48, 48), fill="black")
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (16, 16, 49, 49))
    turned = Image.Exif()
    turned[0x0112] = 6
    return {
        "cmyk.jpg": (square.convert("CMYK"), {}),
        "deep.png": (square.convert("L").convert("I").point(lambda v: v * 257).convert("I;16"), {}),
        "moving.gif": (square, {"save_all": True, "append_images": [Image.new("RGB", (64, 64))]}),
        "turned.jpg": (square, {"exif": turned}),
        "clear.png": (clear, {}),
        "palette.webp": (square.convert("P"), {"lossless": True}),
    }


@pytest.mark.parametrize("name", list(_odd_pictures()))
def test_an_unusual_picture_simply_works(client: Client, tmp_path: Path, name: str) -> None:
    image, options = _odd_pictures()[name]
    image.save(tmp_path / name, **options)
    path = client.predict(picture=handle_file(tmp_path / name), api_name="/control_map")
    with Image.open(path) as drawn:
        box = drawn.convert("L").getbbox()
    assert box is not None
    assert all(abs(got - wanted) <= 3 for got, wanted in zip(box, (16, 16, 49, 49), strict=True))


def call(client: Client, endpoint: str, data: str) -> str:
    """What the server answers to a call with this JSON, which need not be one a client makes."""
    started = httpx.post(
        f"{client.src}gradio_api/call/{endpoint}",
        content=f'{{"data": [{data}]}}',
        headers={"content-type": "application/json"},
        timeout=60,
    )
    assert started.status_code == 200, started.text
    event = started.json()["event_id"]
    return httpx.get(f"{client.src}gradio_api/call/{endpoint}/{event}", timeout=20).text


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("NaN", "control scale must be a number from 0 to 2, got nan"),
        ("Infinity", "control scale must be a number from 0 to 2, got inf"),
        ('"many"', "control scale must be a number from 0 to 2, got 'many'"),
    ],
)
def test_what_is_no_number_is_refused_in_one_sentence(
    client: Client, square: Path, number: str, words: str
) -> None:
    (path,) = httpx.post(
        f"{client.src}gradio_api/upload", files={"files": square.read_bytes()}, timeout=60
    ).json()
    picture = json.dumps({"path": path, "meta": {"_type": "gradio.FileData"}})
    answer = call(
        client,
        "generate",
        f'"a box", {picture}, "", 0, 1, 5, "euler", 3, {number}, 0, 1, '
        + ", ".join(['"automatic"'] * 4 + ["1", "0.8", "null", "null"])
        + ", 1" * len(OF_MAPS)
        + ", []",
    )
    assert "event: error" in answer
    assert words in answer


def test_a_file_of_the_server_cannot_be_asked_for(client: Client) -> None:
    secret = json.dumps({"path": str(Path(__file__)), "meta": {"_type": "gradio.FileData"}})
    rest = ", ".join(["1"] * len(OF_MAPS))
    answer = call(client, "control_map", f'{secret}, "none", {rest}')
    assert "must be a file that was uploaded here" in answer
    assert "got a file that is none" not in answer, "it was not even opened"
