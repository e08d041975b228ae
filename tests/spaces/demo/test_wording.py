"""What a visitor reads when something cannot be made, or not all of it was read."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.data_classes import FileData
from PIL import Image

from inference.errors import CheckpointNotFound, InvalidRequest
from inference.request import GenerationRequest
from spaces.demo import wording
from spaces.demo.config import DemoConfig
from spaces.demo.handlers import Handlers
from spaces.demo.maps import Maps
from spaces.demo.values import Beside, MapValue, PictureValue, StageValue
from tests.fake_engine import FakeEngine
from tests.lean import without
from tests.spaces.demo.form import INFO, fields

CONFIG = DemoConfig(title="Test", description="A test.", control="canny")
HANDLERS = Handlers(CONFIG, FakeEngine())
MAPS = Maps(CONFIG, INFO)
OUT_OF_RANGE = Beside(annotator="canny", control="canny", settings={"low": 900})


def jpeg(side: int) -> bytes:
    stream = BytesIO()
    Image.effect_noise((side, side), 60).save(stream, "JPEG")
    return stream.getvalue()


def handed_in(folder: Path, content: bytes) -> PictureValue:
    (folder / "picture.jpg").write_bytes(content)
    return PictureValue(file=FileData(path=str(folder / "picture.jpg")))


def made(picture: PictureValue, **changes: Any) -> StageValue:
    press = gr.EventData(target=None, _data={})
    *_, (stage, _) = HANDLERS.generate(press, *fields(picture, **changes))
    return stage


@pytest.mark.parametrize(
    ("content", "what_to_do"),
    [
        (b"this is no picture", "choose a PNG, JPEG, WebP or GIF file"),
        (b"", "choose a PNG, JPEG, WebP or GIF file"),
        (jpeg(200)[:4000], "choose another PNG, JPEG, WebP or GIF file, or save it again"),
        (jpeg(8), "choose a larger picture"),
    ],
)
def test_a_picture_that_cannot_be_used_is_named_and_taken_away(
    tmp_path: Path, content: bytes, what_to_do: str
) -> None:
    picture = handed_in(tmp_path, content)
    sentence = f"This picture cannot be used: {what_to_do}."
    refused = MapValue(message=sentence, refused=picture.file)
    assert MAPS.read_picture(picture, "automatic") == refused
    assert made(picture).message == sentence


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"picture": PictureValue()}, "Add a picture first"),
        ({"prompt": " "}, "Say in a few words what the picture should show"),
        ({"prompt": "word " * 5000}, "Say in a few words"),
        ({"negative_prompt": "word " * 5000}, "Say in a few words what to leave out"),
        ({"seed": -1}, "Choose a whole number from 0 to 4,294,967,295"),
        ({"steps": 2.5}, "“Steps” must be a whole number from 1 to"),
        (
            {"high_threshold": 480.5},
            "“Edges begin at” must be a whole number from 0 to 500. Choose",
        ),
        ({"control_start": 3}, "“It acts from” must be a number from 0 to 1. Choose"),
        ({"beside": [OUT_OF_RANGE]}, "“Edges go on down to” must be a whole number from 0 to 500"),
        ({"control_start": 0.8, "control_end": 0.2}, "“It acts from” must not be more than"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_plain_words(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    stage = made(**{"picture": handed_in(tmp_path, jpeg(64)), **changes})
    assert stage.phase == "failed"
    assert stage.message.startswith(words)
    assert stage.message.endswith(".")
    assert "got" not in stage.message


def test_a_field_that_the_door_refuses_is_named_as_the_page_does() -> None:
    refused = "Edges begin at must be a number from 0 to 500, got 900; send that instead"
    told = "“Edges begin at” must be a number from 0 to 500. Choose one in that range."
    assert HANDLERS.failed(refused).message == told
    assert MAPS.unread(refused).message == told
    assert MAPS.unread("the queue is full; try again").message == "The queue is full; try again"


def test_what_is_not_the_picture_s_fault_leaves_it_where_it_is(tmp_path: Path) -> None:
    value = MAPS.read_picture(handed_in(tmp_path, jpeg(64)), "no such annotator")
    assert value.message.startswith("Annotator must be one of")
    assert value.refused is None


def test_a_learned_annotator_that_is_not_installed_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without("torch", monkeypatch)
    picture = handed_in(tmp_path, jpeg(64))
    sentence = "Learned annotators .* torch is not installed; install all with `pip install"
    value = MAPS.read_picture(picture, "depth")
    assert re.match(sentence, value.message)
    assert value.refused is None
    stage = made(picture=picture, reading="depth")
    assert stage.phase == "failed"
    assert re.match(sentence, stage.message)


def test_a_mask_that_paints_nothing_is_asked_for_in_plain_words() -> None:
    nothing = Image.new("L", (64, 64))
    with pytest.raises(InvalidRequest) as raised:
        GenerationRequest(prompt="a box", init_image=nothing.convert("RGB"), mask=nothing)
    assert wording.of_error(raised.value) == "Paint over the part that is to change."


def test_any_other_error_begins_with_a_capital() -> None:
    assert wording.of_error(CheckpointNotFound("no such folder")) == "No such folder"


def test_words_that_the_model_did_not_read_are_named() -> None:
    notice = "the model reads the first 30 word pieces of a prompt; it did not read “a; b”"
    assert wording.of_notices((notice, "Brushes were wet")) == (
        "The text is too long for the model: it did not read “a; b” · Brushes were wet"
    )


def test_one_step_is_one_step(tmp_path: Path) -> None:
    picture = handed_in(tmp_path, jpeg(64))
    assert "· 1 step ·" in made(picture, steps=1).pictures[0].about
    assert "· 2 steps ·" in made(picture, steps=2).pictures[0].about


def test_a_withheld_picture_is_not_taken_for_a_text_that_is_too_long() -> None:
    notice = "the picture is withheld: the safety checker took it; other words may do"
    assert wording.of_notices([notice]) == notice.replace("the picture", "The picture", 1)
