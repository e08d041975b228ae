"""The whole demo on the embedded model, with its engine in the process and behind its service."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio.data_classes import FileData
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from inference.engine import Engine
from inference.png import read_recipe
from spaces.demo.embedded import EMBEDDED, demo_config
from spaces.demo.examples import SCENES
from spaces.demo.form import Form
from spaces.demo.handlers import Handlers
from spaces.demo.page import build_demo
from spaces.demo.values import Beside, PictureValue, StageValue
from tests.spaces.demo.form import fields

pytestmark = [pytest.mark.slow]

APPLE = SCENES[0]
CLOSE = 2
"""How far a channel may be off on another processor."""


@pytest.fixture
def handlers(real_engine: Engine) -> Handlers:
    return Handlers(demo_config(EMBEDDED, real_engine.info), real_engine)


@pytest.fixture(scope="module")
def client(real_engine: Engine, served: Callable[..., str]) -> Iterator[Client]:
    demo = build_demo(demo_config(EMBEDDED, real_engine.info), real_engine)
    client = Client(served(demo), verbose=False)
    yield client
    client.close()


def form(**changes: Any) -> tuple[Any, ...]:
    info = {"steps": 4, "sampler": "lcm", "guidance_scale": 1.0, "upscale": 4}
    drawn = PictureValue(file=FileData(path=str(APPLE.picture)), origin="draw")
    return fields(drawn, **{"prompt": APPLE.prompt, "seed": APPLE.seed, **info, **changes})


def event(**data: Any) -> gr.EventData:
    return gr.EventData(target=None, _data=data)


def stages(handlers: Handlers, *values: Any, **data: Any) -> list[StageValue]:
    return [stage for stage, _ in handlers.generate(event(**data), *values)]


def assert_same(one: Path, other: Path) -> None:
    with Image.open(one) as first, Image.open(other) as second:
        pair = [np.asarray(each.convert("RGB"), np.int16) for each in (first, second)]
    assert np.abs(pair[0] - pair[1]).max() <= CLOSE


def test_a_drawing_becomes_the_picture_that_ships_as_its_example(handlers: Handlers) -> None:
    *before, done = stages(handlers, *form())
    assert done.phase == "done", done.message
    assert max(stage.step for stage in before) == 4
    made = Path(done.pictures[0].file.path)
    assert_same(made, APPLE.result)
    recipe = read_recipe(made)
    assert recipe is not None
    assert [one["name"] for one in recipe.parameters["controls"]] == ["canny"]


def test_three_controls_act_and_are_told_of_with_what_their_maps_were_read_with(
    handlers: Handlers,
) -> None:
    further = [
        Beside(annotator="palette", scale=0.5, end=0.6),
        Beside(annotator="scribble", scale=0.3, start=0.2),
    ]
    values = form(beside=further, reading="canny", low_threshold=60, upscale=1)
    *_, done = stages(handlers, *values)
    assert done.phase == "done", done.message
    recipe = read_recipe(Path(done.pictures[0].file.path))
    assert recipe is not None
    told = [(one["name"], one["scale"]) for one in recipe.parameters["controls"]]
    assert told == [("canny", 1.0), ("palette", 0.5), ("scribble", 0.3)]
    assert recipe.parameters["controls"][0]["low"] == 60
    again = recipe.request()
    assert [one.annotator for one in again.controls] == ["canny", "palette", "scribble"]
    assert again.controls[0].settings == {"low": 60, "high": 200}
    assert [one.end for one in again.controls] == [1.0, 0.6, 1.0]


def test_a_live_drawing_becomes_the_same(handlers: Handlers) -> None:
    *_, stage = handlers.follow(Form.of(*form()), draft=False, client="")
    assert stage.phase == "done", stage.message
    assert_same(Path(stage.pictures[0].file.path), APPLE.result)


def test_what_the_engine_refuses_is_the_same_sentence(handlers: Handlers) -> None:
    for changes, sentence in (
        ({"sampler": "magic"}, "Sampler must be one of"),
        ({"steps": 199}, "Steps must be"),
    ):
        *_, stage = stages(handlers, *form(**changes))
        assert stage.phase == "failed"
        assert stage.message.startswith(sentence), stage.message


def test_stop_ends_it_in_the_engine_too(handlers: Handlers, slots: Any) -> None:
    name = "5" * 32
    run = handlers.generate(event(job=name), *form(steps=50, num_images=4))
    assert any(stage.step for stage, _ in run)
    handlers.stop(event(job=name))
    assert [stage.phase for stage, _ in run][-1] != "done"
    until = time.monotonic() + 60
    while slots.waiting:
        assert time.monotonic() < until, "the engine goes on with what nobody wants"
        time.sleep(0.02)


def test_a_program_gets_its_pictures_and_their_recipes(client: Client) -> None:
    job = client.submit(
        "a red umbrella, flat icon", None, seed=3, num_images=2, api_name="/generate"
    )
    pictures, told = job.result(timeout=300)
    assert told["seeds"] == [3, 4]
    assert len(pictures) == 2
    assert [one["model"] for one in told["parameters"]] == ["embedded", "embedded"]
    steps = [facts["step"] for _, facts in job.outputs() if "step" in facts]
    assert steps == sorted(steps)


def test_a_program_s_picture_of_a_file_is_led_by_it(client: Client) -> None:
    (picture,), told = client.predict(
        APPLE.prompt, handle_file(APPLE.picture), seed=APPLE.seed, api_name="/generate"
    )
    assert told["parameters"][0]["controls"][0]["name"] == "canny"
    with Image.open(picture) as made, Image.open(APPLE.result) as example:
        small = example.convert("RGB").resize(made.size, Image.Resampling.LANCZOS)
        apart = np.abs(np.asarray(made.convert("RGB"), np.int16) - np.asarray(small, np.int16))
    assert apart.mean() < 3
    with pytest.raises(AppError, match="sampler must be one of"):
        client.predict("a cat", None, sampler="magic", api_name="/generate")
