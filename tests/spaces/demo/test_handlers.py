import dataclasses
import threading
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.data_classes import FileData
from gradio.utils import get_upload_folder
from PIL import Image

from inference.request import GenerationRequest, Queued
from spaces.demo import wording
from spaces.demo.config import DemoConfig, Example
from spaces.demo.form import Form
from spaces.demo.handlers import BROKEN, Handlers
from spaces.demo.maps import Maps
from spaces.demo.options import OF_MAPS
from spaces.demo.readings import readings
from spaces.demo.values import PictureValue, StageValue, StartValue
from spaces.door.folder import own_folder
from tests.fake_engine import FakeEngine
from tests.inference.strange_files import DAMAGED, FOREIGN, TOO_LARGE
from tests.spaces.demo.form import INFO, fields

CONFIG = DemoConfig(title="Test", description="A test.", control="canny")


@pytest.fixture
def picture(tmp_path: Path) -> PictureValue:
    Image.new("RGB", (64, 64), "white").save(tmp_path / "white.png")
    return PictureValue(file=FileData(path=str(tmp_path / "white.png")))


def event(**data: Any) -> gr.EventData:
    return gr.EventData(target=None, _data=data)


def stages(handlers: Handlers, *values: Any, **data: Any) -> list[StageValue]:
    return [stage for stage, _ in handlers.generate(event(**data), *values)]


def followed(handlers: Handlers, *values: Any) -> StageValue:
    """What is left of a drawing that rests."""
    return [*handlers.follow(Form.of(*values), draft=False, client="")][-1]


def test_what_is_made_goes_with_the_process(picture: PictureValue) -> None:
    done = stages(Handlers(CONFIG, FakeEngine()), *fields(picture))[-1]
    made = Path(done.pictures[0].file.path)
    assert made.is_relative_to(own_folder(Path(get_upload_folder()).absolute()))


def test_the_steps_are_shown_in_order_and_the_last_is_the_picture(picture: PictureValue) -> None:
    begin = threading.Event()

    class Waiting(FakeEngine):
        def generate(self, request: Any, *, client: str = "") -> Any:
            assert begin.wait(60)
            yield from super().generate(request, client=client)

    engine = Waiting(seconds_per_step=0.02)
    updates = Handlers(CONFIG, engine).generate(event(), *fields(picture))
    shown = [next(updates)[0]]
    begin.set()
    shown += [stage for stage, _ in updates]
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
    assert reading in readings(config, engine.info)
    stages(Handlers(config, engine), *fields(picture, reading=reading))
    assert [control.name for control in engine.requests[0].controls] == [leads]


def test_the_fold_offers_each_control_net_that_a_model_ships_with_and_no_other() -> None:
    one, three = FakeEngine().info, FakeEngine(controls=THREE).info
    assert list(readings(CONFIG, one)) == ["automatic", "canny", "strokes", "none"]
    assert set(readings(CONFIG, three).values()) == {
        "Automatic",
        "Edges",
        "Drawn lines",
        "Coarse colours",
        "Scribble",
        "Scribble, finer",
        "Already a map: edges",
        "Already a map: coarse colours",
        "Already a map: scribble",
    }


def test_what_a_map_is_read_with_makes_another_map_and_is_told_of(
    tmp_path: Path,
) -> None:
    Image.effect_noise((96, 96), 90).convert("RGB").save(tmp_path / "grain.png")
    picture = PictureValue(file=FileData(path=str(tmp_path / "grain.png")))
    engine = FakeEngine()
    handlers, maps = Handlers(CONFIG, engine), Maps(CONFIG, engine.info)
    usual = maps.read_picture(picture, "automatic")
    values = {**dict.fromkeys(OF_MAPS), "low_threshold": 300, "high_threshold": 480}
    fewer = maps.read_picture(picture, "automatic", *values.values())
    assert fewer.image != usual.image
    assert set(fewer.changed_by) == {"low_threshold", "high_threshold"}
    assert maps.read_picture(picture, "strokes").changed_by == []
    done = stages(handlers, *fields(picture, low_threshold=300, high_threshold=480))[-1]
    assert engine.requests[-1].controls[0].settings == {"low": 300, "high": 480}
    assert done.pictures[0].map == fewer.image
    assert done.pictures[0].settings["high_threshold"] == 480
    refused = stages(handlers, *fields(picture, low_threshold=700))[-1]
    assert refused.message.startswith("“Edges go on down to” must be a whole number from 0 to 500")
    assert maps.read_picture(picture, "canny", *[700] * len(OF_MAPS)).message


def test_a_map_that_was_painted_on_is_used_as_it_is_and_for_what_it_was_read_for(
    picture: PictureValue, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64), "white").save(tmp_path / "map.png")
    painted = FileData(path=str(tmp_path / "map.png"))
    on = picture.model_copy(update={"painted": painted, "painted_for": "scribble"})
    engine = FakeEngine(controls=THREE)
    handlers, maps = Handlers(CONFIG, engine), Maps(CONFIG, engine.info)
    shown = maps.read_picture(on, "palette")
    assert (shown.control, shown.painted, shown.changed_by) == ("scribble", True, [])
    assert stages(handlers, *fields(on, reading="palette"))[-1].phase == "done"
    (used,) = engine.requests[-1].controls
    assert (used.name, used.annotator) == ("scribble", "none")
    assert used.map.getcolors() == [(64 * 64, (255, 255, 255))]
    assert maps.read_picture(picture, "palette").control == "palette"


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
        followed(handlers, *fields(picture, prompt="")),
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
    stage = followed(Handlers(CONFIG, engine), *values)
    assert [(shown.seed, shown.live) for shown in stage.pictures] == [(7, True)]
    assert [request.preview_every for request in engine.requests] == [0]


def test_a_draft_is_painted_in_half_the_steps_and_leaves_no_file(picture: PictureValue) -> None:
    engine = FakeEngine()
    form = Form.of(*fields(picture, steps=7))
    (stage,) = Handlers(CONFIG, engine).follow(form, draft=True, client="a")
    assert (stage.phase, len(stage.previews), stage.pictures) == ("following", 1, [])
    assert [request.steps for request in engine.requests] == [3]


def test_a_drawing_that_has_no_file_is_read_as_one_that_has(picture: PictureValue) -> None:
    assert picture.file is not None
    engine = FakeEngine()
    handlers = Handlers(CONFIG, engine)
    with Image.open(picture.file.path) as opened:
        drawing = opened.convert("RGB")
    of_file = Form.of(*fields(picture.model_copy(update={"origin": "draw"})))
    without = dataclasses.replace(of_file, picture=PictureValue(origin="draw"), drawing=drawing)
    for form in (of_file, without):
        assert [*handlers.follow(form, draft=False, client="")][-1].phase == "done"
    first, second = (request.controls[0] for request in engine.requests)
    assert first.annotator == second.annotator == "strokes"
    assert first.map.tobytes() == second.map.tobytes()


def test_a_drawing_behind_others_says_how_long_it_waits(picture: PictureValue) -> None:
    class Behind(FakeEngine):
        def generate(self, request: GenerationRequest, *, client: str = ""):
            yield Queued(position=1, waiting=2, seconds=3.0)
            yield from super().generate(request, client=client)

    form = Form.of(*fields(picture))
    first, *_ = Handlers(CONFIG, Behind()).follow(form, draft=True, client="")
    assert (first.phase, first.message) == ("following", "Next in line · about 3 s")


def test_a_drawing_while_the_engine_warms_up_hears_so_and_then_has_its_picture(
    picture: PictureValue,
) -> None:
    class Cold(FakeEngine):
        is_warm = False

    form = Form.of(*fields(picture))
    said, *_, last = Handlers(CONFIG, Cold()).follow(form, draft=False, client="")
    assert (said.phase, said.message) == (
        "following",
        "Warming up: the first picture takes a little longer",
    )
    assert last.phase == "done"


def test_what_is_refused_while_drawing_is_said(picture: PictureValue) -> None:
    stage = followed(Handlers(CONFIG, FakeEngine()), *fields(picture, sampler="magic"))
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


def test_an_example_of_words_alone_puts_no_picture_on_the_page(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "red").save(tmp_path / "made.webp")
    example = Example(None, tmp_path / "made.webp", "a red square", 3, "upload")
    handlers = Handlers(dataclasses.replace(CONFIG, examples=(example,)), FakeEngine())
    picture, prompt, seed, stage = handlers.pick(event(index=0))
    assert (picture.file, prompt, seed, stage.phase) == (None, "a red square", 3, "done")
    (shown,) = stage.pictures
    assert (shown.file.mime_type, shown.map, shown.about) == (
        "image/webp",
        None,
        "Example · Seed 3",
    )


def test_a_style_is_written_behind_words_that_do_not_have_it(picture: PictureValue) -> None:
    engine = FakeEngine()
    config = dataclasses.replace(CONFIG, style="flat icon", wordless="a thing")
    for prompt in ("a cat", "a cat, ", "A Flat Icon of a cat", " "):
        *_, done = stages(Handlers(config, engine), *fields(picture, prompt=prompt))
        assert done.pictures[0].settings["prompt"] == prompt, "the page keeps what was typed"
    made_of = [request.prompt for request in engine.requests]
    assert made_of == ["a cat, flat icon", "a cat, flat icon", "A Flat Icon of a cat", "a thing"]


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


def test_a_picture_to_start_from_and_its_mask_go_into_the_request(tmp_path: Path) -> None:
    Image.new("RGB", (96, 64), "teal").save(tmp_path / "start.png")
    Image.new("L", (48, 32), 255).save(tmp_path / "mask.png")  # painted on a smaller view of it
    Image.new("L", (64, 64), 255).save(tmp_path / "other.png")
    files = {
        name: FileData(path=str(tmp_path / f"{name}.png")) for name in ("start", "mask", "other")
    }
    engine = FakeEngine()
    handlers = Handlers(dataclasses.replace(CONFIG, control=None, begins="part"), engine)

    def told(start: StartValue | None) -> StageValue:
        return [stage for stage, _ in handlers.generate(event(), *fields(None, start=start))][-1]

    assert told(StartValue(file=files["start"], mask=files["mask"])).phase == "done"
    request = engine.requests[-1]
    assert request.init_image is not None
    assert request.mask is not None
    assert request.mask.size == request.init_image.size == (96, 64)
    assert "Add a picture first" in told(None).message
    for mask in (None, files["other"]):
        refused = told(StartValue(file=files["start"], mask=mask))
        assert refused.message == "Paint over the part that is to change."


STRANGE = FOREIGN | DAMAGED | TOO_LARGE


@pytest.mark.parametrize("name", STRANGE)
def test_a_strangers_file_is_refused_wherever_the_page_reads_it(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "strange.png").write_bytes(STRANGE[name])
    strange = PictureValue(file=FileData(path=str(tmp_path / "strange.png")))
    handlers, maps = Handlers(CONFIG, FakeEngine()), Maps(CONFIG, INFO)
    shown = maps.read_picture(strange, "automatic")
    assert shown.message.startswith("This picture cannot be used: ")
    assert shown.refused is not None
    assert shown.refused.path == str(tmp_path / "strange.png")
    assert stages(handlers, *fields(strange))[-1].phase == "failed"
    assert followed(handlers, *fields(strange)).phase == "failed"
    assert not caplog.records


def test_a_file_that_was_swept_meanwhile_is_told_without_its_path(tmp_path: Path) -> None:
    swept = PictureValue(file=FileData(path=str(tmp_path / "swept.png")))
    handlers, maps = Handlers(CONFIG, FakeEngine()), Maps(CONFIG, INFO)
    told = [
        maps.read_picture(swept, "automatic").message,
        stages(handlers, *fields(swept))[-1].message,
        followed(handlers, *fields(swept)).message,
    ]
    assert all("send it once more" in message for message in told)
    assert not [message for message in told if str(tmp_path) in message]
