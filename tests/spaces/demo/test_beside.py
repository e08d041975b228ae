"""Further controls beside the one that leads: on the page, in the API, in what is remembered."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.data_classes import FileData
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageDraw

from spaces.demo import wording
from spaces.demo.beside import most_beside, offered
from spaces.demo.config import DemoConfig
from spaces.demo.handlers import Handlers
from spaces.demo.page import build_demo
from spaces.demo.recall import Recall
from spaces.demo.settings import BESIDE, build_settings, build_starting
from spaces.demo.values import Beside, PictureValue, StageValue
from tests.fake_engine import FakeEngine
from tests.spaces.demo.form import fields

THREE = ("canny", "palette", "scribble")
CONFIG = DemoConfig(title="Test", description="A test.", control="canny", colours="palette")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, FileData]:
    """A picture that is handed in, and another one."""
    first = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(first).rectangle((16, 16, 47, 47), fill="black")
    first.save(tmp_path / "first.png")
    Image.new("RGB", (64, 64), "navy").save(tmp_path / "other.png")
    return {name: FileData(path=str(tmp_path / f"{name}.png")) for name in ("first", "other")}


def made(engine: FakeEngine, picture: PictureValue | None, *beside: Beside, **more: Any) -> Any:
    handlers = Handlers(CONFIG, engine)
    event = gr.EventData(target=None, _data={})
    values = fields(picture, beside=list(beside), **more)
    return [stage for stage, _ in handlers.generate(event, *values)][-1]


def test_each_further_control_has_its_own_picture_reading_strength_and_part(
    files: dict[str, FileData],
) -> None:
    engine = FakeEngine(controls=THREE)
    done = made(
        engine,
        PictureValue(file=files["first"]),
        Beside(
            picture=files["other"], own=True, annotator="palette", scale=0.5, start=0.1, end=0.6
        ),
        Beside(annotator="scribble", control="scribble", scale=1.5),
        control_end=0.9,
    )
    assert done.phase == "done", done.message
    controls = engine.requests[-1].controls
    assert [(one.name, one.scale, one.start, one.end) for one in controls] == [
        ("canny", 1.0, 0.0, 0.9),
        ("palette", 0.5, 0.1, 0.6),
        ("scribble", 1.5, 0.0, 1.0),
    ]
    assert controls[1].map.getcolors() == [(64 * 64, (0, 0, 128))]
    assert controls[2].map.convert("L").getbbox() is not None
    kept = done.pictures[0].settings[BESIDE]
    assert [(one["own"], one["control"], one["scale"]) for one in kept] == [
        (True, "automatic", 0.5),
        (False, "scribble", 1.5),
    ]
    assert "picture" not in kept[0]


def test_a_further_control_s_settings_make_its_map(files: dict[str, FileData]) -> None:
    engine = FakeEngine(controls=THREE)
    one = Beside(annotator="canny", control="canny", settings={"low": 10, "high": 20})
    done = made(engine, PictureValue(file=files["first"]), one, reading="scribble")
    assert done.phase == "done", done.message
    assert engine.requests[-1].controls[1].settings == {"low": 10, "high": 20}


@pytest.mark.parametrize(
    ("beside", "sentence"),
    [
        (["canny"], wording.SENTENCES["further control"]),
        (["palette", "palette"], wording.SENTENCES["further control"]),
        (["automatic"], wording.SENTENCES["further control"]),
        (["palette", "scribble", "canny"], wording.SENTENCES["further control"]),
        (["magic"], "Annotator must be one of canny"),
    ],
)
def test_a_control_acts_once_and_is_one_that_there_is(
    files: dict[str, FileData], beside: list[str], sentence: str
) -> None:
    engine = FakeEngine(controls=THREE)
    rows = [Beside(annotator=name) for name in beside]
    failed: StageValue = made(engine, PictureValue(file=files["first"]), *rows)
    assert failed.phase == "failed"
    assert failed.message.startswith(sentence)
    assert not engine.requests


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"scale": 9}, "“Strength” must be a number from 0 to 2."),
        ({"scale": "much"}, "“Strength” must be a number from 0 to 2."),
        ({"end": float("nan")}, "“It acts until” must be a number"),
        ({"start": 0.9, "end": 0.1}, wording.SENTENCES["control start"]),
        ({"own": True}, wording.SENTENCES["picture of a further control"]),
        ({"settings": {"low": 1}}, "A setting of palette must be one of none"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(
    files: dict[str, FileData], change: dict[str, Any], sentence: str
) -> None:
    engine = FakeEngine(controls=THREE)
    one = Beside(**{"annotator": "palette", **change})
    failed = made(engine, PictureValue(file=files["first"]), one)
    assert failed.phase == "failed"
    assert failed.message.startswith(sentence)
    assert not engine.requests


def test_a_map_that_leads_is_read_by_no_other_control(files: dict[str, FileData]) -> None:
    leads = PictureValue(file=files["first"], map_of="canny")
    failed = made(FakeEngine(controls=THREE), leads, Beside(annotator="palette"))
    assert failed.message == wording.SENTENCES["picture of a further control"]


def test_colours_of_a_drawing_give_way_to_a_control_of_colours(
    files: dict[str, FileData], tmp_path: Path
) -> None:
    sheet = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(sheet).ellipse((40, 40, 200, 200), outline="#d93025", width=10)
    sheet.save(tmp_path / "sheet.png")
    drawn = PictureValue(file=FileData(path=str(tmp_path / "sheet.png")), origin="draw")
    engine = FakeEngine(controls=THREE)
    own = Beside(picture=files["other"], annotator="palette", scale=0.3)
    for beside, scale in (((), 0.8), ((own,), 0.3)):
        assert made(engine, drawn, *beside).phase == "done"
        assert [(c.name, c.scale) for c in engine.requests[-1].controls] == [
            ("canny", 1.0),
            ("palette", scale),
        ]


def test_a_page_offers_them_where_its_model_has_several_and_takes_them_together() -> None:
    one, three = FakeEngine().info, FakeEngine(controls=THREE).info
    assert (most_beside(CONFIG, one), most_beside(CONFIG, three)) == (0, 2)
    assert most_beside(dataclasses.replace(CONFIG, most_controls=2), three) == 1
    assert most_beside(DemoConfig(title="T", description="D"), three) == 0
    choices = offered(CONFIG, three)["choices"]
    leads = {choice["annotator"]: choice["control"] for choice in choices if choice["settings"]}
    assert leads["canny"] == "canny"
    edges = next(choice for choice in choices if choice["annotator"] == "canny")
    assert {one["key"] for one in edges["settings"]} == {"low", "high"}


def recall_of(config: DemoConfig, engine: FakeEngine) -> Recall:
    with gr.Blocks():
        _, strength = build_starting(config, engine.info)
        settings = build_settings(config, engine.info, strength)
    return Recall(config, settings, engine.info)


def test_what_is_remembered_of_them_goes_back_and_nothing_else() -> None:
    recall = recall_of(CONFIG, FakeEngine(controls=THREE))
    told = [
        {"control": "scribble", "annotator": "scribble", "scale": 0.5, "own": False},
        {"control": "canny", "annotator": "canny", "settings": {"low": 9, "high": 1e9}, "own": 1},
        {"control": "palette", "annotator": "palette"},
    ]
    _, back, *_ = recall(gr.EventData(target=None, _data={"fields": {BESIDE: told}}))
    assert [(one.control, one.scale, one.settings) for one in back.root] == [
        ("scribble", 0.5, {}),
        ("canny", 1.0, {"low": 9}),
    ]
    for strange in (7, "x", [7], [{"control": ["canny"]}], [{"control": "magic"}], [{}]):
        _, none, *_ = recall(gr.EventData(target=None, _data={"fields": {BESIDE: strange}}))
        assert none.root == []


def test_what_a_picture_tells_of_them_goes_back_with_its_maps() -> None:
    recall = recall_of(CONFIG, FakeEngine(controls=THREE))
    controls = [
        {"name": "canny", "scale": 1.0},
        {"name": "palette", "scale": 0.7},
        {"name": "scribble", "scale": 0.4, "start": 0.2, "end": 0.8, "annotator": "scribble"},
    ]
    data = {"parameters": {"controls": controls}}
    _, back, *_ = recall(gr.EventData(target=None, _data=data))
    (one,) = back.root
    assert (one.control, one.annotator, one.own) == ("scribble", "none", True)
    assert one.part == {"scale": 0.4, "start": 0.2, "end": 0.8}
    controls[1]["end"] = 0.5  # which the page's strength of colours cannot say
    _, back, *_ = recall(gr.EventData(target=None, _data=data))
    assert [one.control for one in back.root] == ["palette", "scribble"]


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(controls=THREE)


@pytest.fixture(scope="module")
def client(served: Callable[..., str], engine: FakeEngine) -> Iterator[Client]:
    client = Client(served(build_demo(CONFIG, engine)), verbose=False)
    yield client
    client.close()


@pytest.mark.slow
def test_programs_add_controls_with_pictures_of_their_own(
    client: Client, engine: FakeEngine, files: dict[str, FileData]
) -> None:
    more = [
        {"picture": handle_file(files["other"].path), "control": "palette", "scale": 0.4},
        {"annotator": "scribble", "end": 0.5},
    ]
    picture = handle_file(files["first"].path)
    _, facts = client.predict("a box", picture, more_controls=more, api_name="/generate")
    controls = engine.requests[-1].controls
    assert [(one.name, one.scale, one.end) for one in controls] == [
        ("canny", 1.0, 1.0),
        ("palette", 0.4, 1.0),
        ("scribble", 1.0, 0.5),
    ]
    assert controls[1].map.getcolors() == [(64 * 64, (0, 0, 128))]
    assert [one["name"] for one in facts["parameters"][0]["controls"]] == list(THREE)


@pytest.mark.parametrize(
    "more",
    [
        [{"control": "magic"}],
        [{"annotator": "palette", "scale": 3}],
        [{"annotator": "canny", "control": "scribble", "settings": {"low": "many"}}],
        [{"annotator": "canny", "control": "scribble", "settings": {"low": 501}}],
        [{}],
        [{"annotator": "palette"}] * 3,
        [{"annotator": "palette"}] * 1000,
        [{"picture": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}}],
        [7],
        {"control": "palette"},
        "palette",
    ],
)
def test_controls_that_cannot_be_are_refused_in_one_sentence(
    client: Client, engine: FakeEngine, files: dict[str, FileData], more: Any
) -> None:
    asked = len(engine.requests)
    with pytest.raises(AppError) as refused:
        client.predict(
            "a box", handle_file(files["first"].path), more_controls=more, api_name="/generate"
        )
    assert str(refused.value).count("; ") == 1
    assert len(engine.requests) == asked
