import dataclasses
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.data_classes import FileData
from gradio.utils import get_upload_folder
from PIL import Image, ImageDraw

from spaces.demo import requests as asking
from spaces.demo import wording
from spaces.demo.config import DemoConfig
from spaces.demo.handlers import BROKEN, Form, Handlers
from spaces.demo.options import OPTIONS
from spaces.demo.settings import NAMES, build_settings
from spaces.demo.values import PictureValue, StageValue
from spaces.door.folder import own_folder
from tests.fake_engine import FakeEngine
from tests.inference.strange_files import DAMAGED, FOREIGN, TOO_LARGE
from tests.spaces.demo.form import fields

CONFIG = DemoConfig(title="Test", description="A test.", control="canny")


@pytest.fixture
def picture(tmp_path: Path) -> PictureValue:
    Image.new("RGB", (64, 64), "white").save(tmp_path / "white.png")
    return PictureValue(file=FileData(path=str(tmp_path / "white.png")))


def event(**data: Any) -> gr.EventData:
    return gr.EventData(target=None, _data=data)


def stages(handlers: Handlers, *values: Any, **data: Any) -> list[StageValue]:
    return [stage for stage, _ in handlers.generate(event(**data), *values)]


def test_what_is_made_goes_with_the_process(picture: PictureValue) -> None:
    done = stages(Handlers(CONFIG, FakeEngine()), *fields(picture))[-1]
    made = Path(done.pictures[0].file.path)
    assert made.is_relative_to(own_folder(Path(get_upload_folder()).absolute()))


def test_the_steps_are_shown_in_order_and_the_last_is_the_picture(picture: PictureValue) -> None:
    engine = FakeEngine(seconds_per_step=0.02)
    shown = stages(Handlers(CONFIG, engine), *fields(picture))
    steps = [stage.step for stage in shown[:-1]]
    assert steps == sorted(steps)
    assert shown[0].phase == "waiting"
    assert {stage.phase for stage in shown[1:-1]} == {"running"}
    assert shown[-1].phase == "done"
    assert len({stage.job for stage in shown}) == 1
    previewing = [request.preview_every for request in engine.requests]
    assert previewing == [2], "six previews of twelve steps"


def test_a_seed_that_is_to_be_repeated_is_taken_once(picture: PictureValue) -> None:
    engine = FakeEngine()
    handlers = Handlers(CONFIG, engine)
    stages(handlers, *fields(picture, seed=3, new_seed=True), seed=41)
    stages(handlers, *fields(picture, seed=3, new_seed=False))
    assert [request.seed for request in engine.requests] == [41, 3]


def test_a_picture_knows_the_settings_that_it_was_made_with(picture: PictureValue) -> None:
    *_, done = stages(Handlers(CONFIG, FakeEngine()), *fields(picture, steps=9, num_images=2))
    assert [shown.settings["seed"] for shown in done.pictures] == [0, 1]
    assert done.pictures[0].settings["steps"] == 9
    assert "new_seed" not in done.pictures[0].settings
    assert len({shown.id for shown in done.pictures}) == 2


def test_seed_zero_is_a_seed(picture: PictureValue) -> None:
    engine = FakeEngine()
    stages(Handlers(CONFIG, engine), *fields(picture, seed=0))
    assert engine.requests[0].seed == 0


def test_the_picture_s_colours_act_beside_its_lines_when_they_are_given_strength(
    picture: PictureValue,
) -> None:
    engine = FakeEngine(controls=("canny", "palette"))
    handlers = Handlers(dataclasses.replace(CONFIG, colours="palette"), engine)
    stages(handlers, *fields(picture, colour_scale=0.0, control_start=0.1))
    stages(handlers, *fields(picture, colour_scale=0.7, control_start=0.1))
    lines_alone, both = (request.controls for request in engine.requests)
    assert [control.name for control in lines_alone] == ["canny"]
    assert [(one.name, one.scale, one.start) for one in both] == [
        ("canny", 1.0, 0.1),
        ("palette", 0.7, 0.1),
    ]
    assert both[1].map.getcolors() == [(64 * 64, (255, 255, 255))]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("automatic", "automatic"), (None, None)),
        (("yes", "no"), (True, False)),
        (("no", "yes"), (False, True)),
    ],
)
def test_spacing_and_noise_levels_are_the_model_s_own_unless_they_are_asked_for(
    picture: PictureValue, words: tuple[str, str], asked: tuple[bool | None, bool | None]
) -> None:
    engine = FakeEngine()
    karras, zero_snr = words
    stages(Handlers(CONFIG, engine), *fields(picture, karras=karras, zero_snr=zero_snr))
    assert (engine.requests[0].karras, engine.requests[0].zero_snr) == asked


THREE = ("canny", "palette", "scribble")


@pytest.mark.parametrize(
    ("reading", "leads"),
    [
        ("automatic", "canny"),
        ("canny", "canny"),
        ("strokes", "canny"),
        ("scribble", "scribble"),
        ("palette", "palette"),
        ("none/canny", "canny"),
        ("none/palette", "palette"),
        ("none/scribble", "scribble"),
    ],
)
def test_every_control_net_leads_when_the_picture_is_read_for_it(
    picture: PictureValue, reading: str, leads: str
) -> None:
    engine = FakeEngine(controls=THREE)
    config = dataclasses.replace(CONFIG, colours="palette")
    assert reading in asking.readings(config, engine.info)
    stages(Handlers(config, engine), *fields(picture, reading=reading))
    assert [control.name for control in engine.requests[0].controls] == [leads]


def test_the_fold_offers_each_control_net_that_a_model_ships_with_and_no_other() -> None:
    one, three = FakeEngine().info, FakeEngine(controls=THREE).info
    assert list(asking.readings(CONFIG, one)) == ["automatic", "canny", "strokes", "none"]
    assert set(asking.readings(CONFIG, three).values()) == {
        "Automatic",
        "Edges",
        "Drawn lines",
        "Coarse colours",
        "Scribble",
        "Already a map: edges",
        "Already a map: coarse colours",
        "Already a map: scribble",
    }


def test_colours_beside_colours_are_refused(picture: PictureValue) -> None:
    engine = FakeEngine(controls=THREE)
    handlers = Handlers(dataclasses.replace(CONFIG, colours="palette"), engine)
    *_, stage = stages(handlers, *fields(picture, reading="palette", colour_scale=0.5))
    assert stage.phase == "failed"
    assert "is read as coarse colours already" in stage.message


def test_a_drawing_that_nobody_named_is_painted_where_the_model_can(picture: PictureValue) -> None:
    engine = FakeEngine()
    handlers = Handlers(dataclasses.replace(CONFIG, wordless="a thing"), engine)
    for shown in (
        stages(handlers, *fields(picture, prompt=" "))[-1],
        handlers.follow(*fields(picture, prompt="")),
    ):
        assert (shown.phase, shown.message) == ("done", wording.WORDLESS)
    assert [request.prompt for request in engine.requests] == ["a thing", "a thing"]
    *_, named = stages(handlers, *fields(picture, prompt="a box"))
    assert (named.phase, named.message) == ("done", "")
    *_, nothing = stages(handlers, *fields(None, prompt=""))
    assert (nothing.phase, nothing.message) == ("failed", wording.SENTENCES["prompt"])


def test_colours_are_refused_where_no_model_reads_them(picture: PictureValue) -> None:
    *_, stage = stages(Handlers(CONFIG, FakeEngine()), *fields(picture, colour_scale=0.7))
    assert stage.phase == "failed"
    assert stage.message.startswith("Colour scale must be 0")


def test_a_live_drawing_is_painted_once_with_the_seed_that_stands_there(
    picture: PictureValue,
) -> None:
    engine = FakeEngine()
    drawn = picture.model_copy(update={"origin": "draw"})
    values = fields(drawn, seed=7, new_seed=True, num_images=4)
    stage = Handlers(CONFIG, engine).follow(*values)
    assert [(shown.seed, shown.live) for shown in stage.pictures] == [(7, True)]
    assert [request.preview_every for request in engine.requests] == [0]


def test_what_is_refused_while_drawing_is_said(picture: PictureValue) -> None:
    stage = Handlers(CONFIG, FakeEngine()).follow(*fields(picture, sampler="magic"))
    assert (stage.phase, stage.message[:18]) == ("failed", "Sampler must be on")


def test_a_new_seed_is_handed_back_so_that_it_can_be_kept(picture: PictureValue) -> None:
    engine = FakeEngine()
    told = Handlers(CONFIG, engine).generate(event(), *fields(picture, new_seed=True))
    seeds = {seed for stage, seed in told if stage.phase == "done"}
    assert seeds == {engine.requests[0].seed}


def test_a_page_that_was_lost_finds_its_picture_again(picture: PictureValue) -> None:
    engine = FakeEngine(seconds_per_step=0.01)
    handlers = Handlers(CONFIG, engine)
    name = "0" * 32
    run = handlers.generate(event(job=name), *fields(picture))
    next(run)
    run.close()
    found = [stage for stage, _ in handlers.resume(event(job=name))]
    assert (found[-1].phase, found[-1].job) == ("done", name)
    assert (len(engine.requests), engine.cancelled) == (1, 0)
    again = [stage for stage, _ in handlers.resume(event(job=name))]
    assert again[-1].pictures == found[-1].pictures


def test_what_is_not_known_any_more_is_said_to_be_lost() -> None:
    handlers = Handlers(CONFIG, FakeEngine())
    for name in ("1" * 32, None, ["no", "name"]):
        assert [stage.phase for stage, _ in handlers.resume(event(job=name))] == ["lost"]


def test_stop_closes_the_engine(picture: PictureValue) -> None:
    engine = FakeEngine(seconds_per_step=0.01)
    handlers = Handlers(CONFIG, engine)
    run = handlers.generate(event(job="2" * 32), *fields(picture, steps=100))
    assert any(stage.step for stage, _ in run)
    handlers.stop(event(job="2" * 32))
    assert [stage.phase for stage, _ in run][-1] != "done"
    assert (engine.cancelled, engine.finished) == (1, 0)


def test_what_the_engine_refuses_is_shown(picture: PictureValue) -> None:
    *_, stage = stages(Handlers(CONFIG, FakeEngine()), *fields(picture, sampler="magic"))
    assert stage.phase == "failed"
    assert stage.message.startswith("Sampler must be one of")


def test_a_fault_of_ours_is_logged_and_said_without_its_details(
    picture: PictureValue, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(FakeEngine):
        def generate(self, request: Any, *, client: str = "") -> Any:
            raise ZeroDivisionError("secret")

    *_, stage = stages(Handlers(CONFIG, Broken()), *fields(picture))
    assert (stage.phase, stage.message) == ("failed", BROKEN)
    assert "secret" in caplog.text


def test_a_clipped_prompt_is_said_beside_the_picture(picture: PictureValue) -> None:
    shown = stages(Handlers(CONFIG, FakeEngine()), *fields(picture, prompt="word " * 2000))
    assert "cut after 200 characters" in shown[-1].message


def test_a_drawing_is_read_as_lines_and_a_photo_by_its_edges(picture: PictureValue) -> None:
    handlers = Handlers(CONFIG, FakeEngine())
    drawn = picture.model_copy(update={"origin": "draw"})
    assert handlers.read_picture(drawn, "automatic").label == "drawn lines"
    assert handlers.read_picture(picture, "automatic").label == "edges"
    assert handlers.read_picture(picture, "none").label == "already a control map"


def test_an_uploaded_line_drawing_is_read_as_one(tmp_path: Path) -> None:
    sheet = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(sheet).ellipse((40, 40, 200, 200), outline="black", width=6)
    sheet.save(tmp_path / "sheet.png")
    picture = PictureValue(file=FileData(path=str(tmp_path / "sheet.png")))
    assert Handlers(CONFIG, FakeEngine()).read_picture(picture, "automatic").label == "drawn lines"


def test_without_a_picture_there_is_no_map() -> None:
    handlers = Handlers(CONFIG, FakeEngine())
    assert handlers.read_picture(None, "automatic").image is None
    assert handlers.read_picture(PictureValue(), "automatic").image is None


def test_a_demo_for_words_alone_needs_no_picture() -> None:
    engine = FakeEngine(controls=())
    config = DemoConfig(title="Test", description="A test.")
    shown = stages(Handlers(config, engine), *fields(None))
    assert shown[-1].phase == "done"
    assert engine.requests[0].controls == ()


def test_a_model_that_knows_things_by_name_needs_no_picture_but_for_its_colours() -> None:
    engine = FakeEngine(controls=("canny", "palette"))
    config = dataclasses.replace(CONFIG, colours="palette", words_alone=True)
    handlers = Handlers(config, engine)

    assert stages(handlers, *fields(None))[-1].phase == "done"
    assert engine.requests[0].controls == ()
    refused = stages(handlers, *fields(None, colour_scale=0.5))[-1]
    assert refused.phase == "failed"
    assert refused.message.startswith("Add a picture first")


def test_the_prompt_line_takes_only_prompts_that_are_on_offer() -> None:
    handlers = Handlers(CONFIG, FakeEngine())
    assert handlers.suggest(event(prompt="something else")) == ""


def test_the_form_takes_the_fields_in_the_order_of_the_page() -> None:
    with gr.Blocks():
        built = build_settings(CONFIG, FakeEngine().info)
    form = Form.of(None, "a box", *built)
    assert form.settings == {name: name for name in NAMES}
    assert set(form.options) == set(OPTIONS)


STRANGE = FOREIGN | DAMAGED | TOO_LARGE


@pytest.mark.parametrize("name", STRANGE)
def test_a_strangers_file_is_refused_wherever_the_page_reads_it(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "strange.png").write_bytes(STRANGE[name])
    strange = PictureValue(file=FileData(path=str(tmp_path / "strange.png")))
    handlers = Handlers(CONFIG, FakeEngine())
    shown = handlers.read_picture(strange, "automatic")
    assert shown.message.startswith("This picture cannot be used: ")
    assert shown.refused is not None
    assert shown.refused.path == str(tmp_path / "strange.png")
    assert stages(handlers, *fields(strange))[-1].phase == "failed"
    assert handlers.follow(*fields(strange)).phase == "failed"
    assert not caplog.records


def test_a_file_that_was_swept_meanwhile_is_told_without_its_path(tmp_path: Path) -> None:
    swept = PictureValue(file=FileData(path=str(tmp_path / "swept.png")))
    handlers = Handlers(CONFIG, FakeEngine())
    told = [
        handlers.read_picture(swept, "automatic").message,
        stages(handlers, *fields(swept))[-1].message,
        handlers.follow(*fields(swept)).message,
    ]
    assert all("send it once more" in message for message in told)
    assert not [message for message in told if str(tmp_path) in message]
