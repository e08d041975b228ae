"""Which parameters of a demo take the words, the picture and the seed."""

from typing import Any

import pytest

from spaces.hub.demo_inputs import Given, drawing, fill

GIVEN = Given(prompt="a blue fish", picture=b"bytes", seed=7)


def parameter(component: str, label: str = "", name: str = "param_0", **more: Any) -> dict:
    """One without a default, unless `default` is given."""
    told = {"component": component, "label": label, "parameter_name": name, "example_input": "eg"}
    if "default" in more:
        told |= {"parameter_has_default": True, "parameter_default": more.pop("default")}
    return told | more


def between(low: float, high: float) -> dict:
    return {"type": {"type": "number", "description": f"numeric value between {low} and {high}"}}


def filled(*parameters: dict, given: Given = GIVEN) -> tuple[list[Any], tuple[str, ...]]:
    """Values and what was taken; files are their paths."""
    inputs = fill(parameters, given, lambda: "/up/1.png")
    plain = [one["path"] if isinstance(one, dict) else one for one in inputs.values]
    return plain, inputs.took


def test_the_controlnet_authors_demos_get_all_three() -> None:
    """gradio_canny2image.py of lllyasviel/ControlNet, as /info tells it."""
    values, took = filled(
        parameter("Image", "Image"),
        parameter("Textbox", "Prompt"),
        parameter("Textbox", "Added Prompt", default="best quality"),
        parameter("Textbox", "Negative Prompt", default="lowres"),
        parameter("Slider", "Images", default=1),
        parameter("Checkbox", "Guess Mode", default=False),
        parameter("Slider", "Seed", default=-1, **between(-1, 2147483647)),
    )
    assert values == ["/up/1.png", "a blue fish", "best quality", "lowres", 1, False, 7]
    assert took == ("words", "picture", "seed")


def test_a_prompt_is_known_by_name_or_label_and_its_default_gives_way() -> None:
    for one in (
        parameter("Textbox", "What it shows", "prompt", default="a cat"),
        parameter("Textarea", "Enter your prompt", default="a cat"),
        parameter("Textbox", "Caption"),
    ):
        assert filled(one) == (["a blue fish"], ("words",))


def test_another_prompt_keeps_its_own() -> None:
    values, _ = filled(
        parameter("Textbox", "x", "prompt"),
        parameter("Textbox", "y", "n_prompt", default="bad"),
        parameter("Textbox", "y", "a_prompt", default="good"),
        parameter("Textbox", "Negative prompt"),
    )
    assert values == ["a blue fish", "bad", "good", ""]


@pytest.mark.parametrize(
    ("bounds", "value", "took"),
    [(between(0, 100), 7, ("seed",)), (between(0, 5), 3, ()), ({}, 7, ("seed",))],
)
def test_a_seed_out_of_bounds_is_not_taken(bounds: dict, value: int, took: tuple) -> None:
    assert filled(parameter("Slider", "Seed", default=3, **bounds)) == ([value], took)


def test_a_seed_is_not_drawn_at_random_once_it_is_given() -> None:
    parameters = (
        parameter("Checkbox", "Randomize seed", default=True),
        parameter("Number", "Seed", "seed", default=0),
    )
    assert filled(*parameters) == ([False, 7], ("seed",))
    assert filled(*parameters, given=Given()) == ([True, 0], ())


def test_only_the_first_picture_and_what_must_be_given_gets_the_picture() -> None:
    values, took = filled(
        parameter("Image", "Drawing", default=None),
        parameter("Image", "Style", default=None),
        parameter("Image", "Mask"),
        parameter("File", "LoRA", default=None),
    )
    assert values == ["/up/1.png", None, "/up/1.png", None]
    assert took == ("picture",)
    assert filled(parameter("File", "Picture", default=None))[0] == ["/up/1.png"]


def test_an_editor_gets_its_background() -> None:
    inputs = fill([parameter("ImageEditor", "Drawing")], GIVEN, lambda: "/up/1.png")
    assert inputs.values[0]["background"]["path"] == "/up/1.png"
    assert inputs.values[0]["layers"] == []


def test_a_demo_that_takes_nothing_is_given_nothing_and_no_file_is_sent() -> None:
    def upload() -> str:
        raise AssertionError("nothing takes a picture")

    inputs = fill([parameter("Dropdown", "Style", default="oil")], GIVEN, upload)
    assert (inputs.values, inputs.took) == (["oil"], ())


@pytest.mark.parametrize("odd", [{}, {"type": 3, "component": "Slider", "label": "Seed"}])
def test_odd_descriptions_are_met(odd: dict) -> None:
    assert len(fill([odd], GIVEN, lambda: "").values) == 1


def test_without_a_picture_there_is_a_drawing() -> None:
    assert Given().file == drawing()
    assert drawing().startswith(b"\x89PNG")
