"""What is remembered, by a page or a picture, goes back into the fields that take it."""

from typing import Any

import gradio as gr
import pytest

from inference.request import EngineInfo
from spaces.demo.config import DemoConfig
from spaces.demo.recall import OTHER_MODEL, Recall
from spaces.demo.settings import build_settings, build_starting
from tests.fake_engine import FakeEngine

CONFIG = DemoConfig(title="T", description="D", control="canny", colours="palette")


def settings_of(config: DemoConfig, info: EngineInfo) -> dict[str, Any]:
    """The page's fields, of both folds."""
    _, strength = build_starting(config, info)
    return build_settings(config, info, strength)


@pytest.fixture
def recall() -> Recall:
    info = FakeEngine(controls=("canny", "palette", "scribble")).info
    with gr.Blocks():
        settings = settings_of(CONFIG, info)
    return Recall(CONFIG, settings, info)


def values(recall: Recall, **data: Any) -> dict[str, Any]:
    """What each field becomes; those that stay as they are left out."""
    _, _, *updates = recall(gr.EventData(target=None, _data=data))
    named = zip(recall.names, updates, strict=True)
    return {name: value for name, value in named if not _is_skip(value)}


def note(recall: Recall, parameters: dict[str, Any]) -> str:
    first, *_ = recall(gr.EventData(target=None, _data={"parameters": parameters}))
    return first.text


def _is_skip(value: Any) -> bool:
    return isinstance(value, dict) and value.get("__type__") == "update"


GOOD: dict[str, Any] = {
    "prompt": "a box",
    "negative_prompt": "",
    "seed": 0,
    "new_seed": False,
    "num_images": 3,
    "steps": 9,
    "sampler": "euler",
    "guidance_scale": 2.5,
    "control_scale": 0,
    "reading": "automatic",
}


def test_fields_go_back_as_they_were(recall: Recall) -> None:
    assert values(recall, fields=GOOD) == GOOD


def test_a_choice_may_be_remembered_by_its_words(recall: Recall) -> None:
    assert values(recall, fields={"sampler": "DPM++ 2M", "reading": "Edges"}) == {
        "sampler": "dpmpp_2m",
        "reading": "canny",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt", 7),
        ("prompt", "x" * 30_000),
        ("seed", -1),
        ("seed", 0.5),
        ("seed", float("nan")),
        ("seed", 10**400),
        ("steps", 10**400),
        ("seed", True),
        ("seed", 2**40),
        ("new_seed", "yes"),
        ("steps", 101),
        ("steps", "9"),
        ("steps", float("inf")),
        ("sampler", "magic"),
        ("sampler", ["euler"]),
        ("sampler", {"a": 1}),
        ("guidance_scale", None),
        ("control_end", 1.5),
        ("nothing of ours", 1),
    ],
)
def test_what_a_field_would_not_take_is_left(recall: Recall, name: str, value: Any) -> None:
    assert values(recall, fields={name: value, "steps" if name != "steps" else "seed": 4}) == {
        "steps" if name != "steps" else "seed": 4
    }


@pytest.mark.parametrize("data", [{}, {"fields": None}, {"fields": [1]}, {"parameters": "x"}])
def test_nothing_remembered_changes_nothing(recall: Recall, data: dict[str, Any]) -> None:
    assert values(recall, **data) == {}


def test_a_picture_s_parameters_become_fields(recall: Recall) -> None:
    parameters = {
        **{"model": "painted", "prompt": "a box", "seed": 5, "steps": 9, "karras": True},
        "controls": [
            {"name": "scribble", "scale": 0.5, "start": 0.1, "end": 0.9},
            {"name": "palette", "scale": 0.7, "start": 0.1, "end": 0.9},
        ],
    }
    assert values(recall, parameters=parameters) == {
        **{"prompt": "a box", "seed": 5, "steps": 9, "karras": "yes", "control_scale": 0.5},
        **{"control_start": 0.1, "control_end": 0.9, "colour_scale": 0.7},
    }
    assert note(recall, parameters) == ""


@pytest.mark.parametrize(
    ("upscales", "told", "becomes"),
    [
        ((1, 2, 4), 2, {"upscale": 2}),
        ((1, 2), 4, {}),
        ((1, 2, 4), "large", {}),
        ((1,), 1, {"upscale": 1}),
    ],
)
def test_how_large_a_picture_was_goes_back_where_this_page_can_do_it(
    upscales: tuple[int, ...], told: Any, becomes: dict[str, int]
) -> None:
    info = FakeEngine(upscales=upscales).info
    config = DemoConfig(title="T", description="D", control="canny")
    with gr.Blocks():
        recall = Recall(config, settings_of(config, info), info)
    assert values(recall, parameters={"upscale": told}) == becomes
    said = note(recall, {"upscale": told})
    assert said == (
        "" if becomes else "Left as they are, because this page cannot do the same: Size."
    )


@pytest.mark.slow
def test_a_page_asks_for_a_size_where_there_is_a_choice() -> None:
    config = DemoConfig(title="T", description="D", control="canny")
    fields = []
    for upscales in ((1,), (1, 2, 4)):
        with gr.Blocks():
            fields.append(settings_of(config, FakeEngine(upscales=upscales).info)["upscale"])
    none, some = fields
    assert not none.visible
    assert some.visible
    assert some.choices == [("64 × 64", 1), ("128 × 128", 2), ("256 × 256", 4)]
    assert some.value == 4


def test_what_a_map_was_read_with_goes_back(recall: Recall) -> None:
    control = {"name": "canny", "annotator": "canny", "low": 50, "high": 120}
    read = values(recall, parameters={"controls": [control]})
    assert (read["low_threshold"], read["high_threshold"]) == (50, 120)
    strange = values(recall, parameters={"controls": [{**control, "low": "many", "high": 1e9}]})
    assert {"low_threshold", "high_threshold"}.isdisjoint(strange)


def test_what_this_page_cannot_do_the_same_is_said_in_its_own_words(recall: Recall) -> None:
    parameters = {"model": "<b>other</b>", "steps": 150, "sampler": "<b>", "prompt": "a box"}
    assert values(recall, parameters=parameters) == {"prompt": "a box", "colour_scale": 0.0}
    assert note(recall, parameters) == (
        f"Left as they are, because this page cannot do the same: Steps, Sampler. {OTHER_MODEL}"
    )


@pytest.mark.parametrize("controls", [7, ["canny"], [{"name": ["canny"]}], [{}], {"name": "canny"}])
def test_strange_controls_are_none(recall: Recall, controls: Any) -> None:
    assert values(recall, parameters={"controls": controls}) == {"colour_scale": 0.0}
