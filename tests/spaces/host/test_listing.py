"""The host's file: what fits is a page's configuration, what does not is one sentence."""

import re
from pathlib import Path
from typing import Any

import pytest

from spaces.demo.beside import most_beside
from spaces.demo.config import DemoConfig
from spaces.demo.examples import SCENES
from spaces.demo.option import Scale
from spaces.demo.options import OPTIONS
from spaces.host.listing import (
    SHIPPED,
    Annotators,
    Defaults,
    DemoEntry,
    ExampleEntry,
    InvalidListing,
    Limits,
    Listing,
    read_listing,
)
from tests.fake_engine import FakeEngine
from tests.spaces.host.listed import demo, written


def test_an_entry_becomes_the_configuration_of_a_page(tmp_path: Path) -> None:
    entry = demo(
        controlnets={"palette": "embedded", "canny": "owner/lines"},
        control="canny",
        style="flat icon",
        blocked=["rude"],
        prompts=["a cat"],
        defaults={"num_images": 4, "colour_scale": 0.5},
        limits={"num_images": 4},
        examples=[SCENES[0]],
    )
    listing = read_listing(written(tmp_path, {"cats": entry}))
    config = listing.demos["cats"].config()
    assert config.control == config.annotator == "canny"
    assert (config.drawing_annotator, config.colours) == ("strokes", "palette")
    assert (config.style, config.prompts, config.most_images) == ("flat icon", ("a cat",), 4)
    assert config.blocked == ("rude",)
    assert dict(config.defaults) == {"num_images": 4, "colour_scale": 0.5}
    assert config.examples[0].result == tmp_path / SCENES[0].result.name
    assert listing.sources() == {"cats.canny": "owner/lines"}


def test_how_many_controls_act_at_once_is_the_page_s_own_bound(tmp_path: Path) -> None:
    three = {"canny": "embedded", "scribble": "embedded", "palette": "embedded"}
    entries = {"all": demo(controlnets=three), "two": demo(controlnets=three, most_controls=2)}
    demos = read_listing(written(tmp_path, entries)).demos
    info = FakeEngine(controls=(*three,)).info
    assert [most_beside(demos[path].config(), info) for path in entries] == [2, 1]


def test_a_folder_is_named_as_seen_from_the_file(tmp_path: Path) -> None:
    entry = demo(controlnets={"canny": "./lines", "depth": "owner/depth"})
    listing = read_listing(written(tmp_path, {"cats": entry}))
    assert listing.sources() == {"cats.canny": str(tmp_path / "lines"), "cats.depth": "owner/depth"}


def test_the_file_that_ships_fits_and_its_pictures_are_small() -> None:
    demos = read_listing(SHIPPED).demos
    assert len(demos) == 12
    assert all(entry.config().examples for entry in demos.values())
    pictures = list((SHIPPED.parent / "pictures").iterdir())
    assert sum(file.stat().st_size for file in pictures) < 400_000
    told = {
        Path(name)
        for entry in demos.values()
        for one in entry.examples
        for name in (one.picture, one.result)
        if name
    }
    assert {file for file in pictures if file not in told} == set(), "pictures of no example"


def test_defaults_and_their_bounds_are_those_of_the_options() -> None:
    info = FakeEngine(controls=("canny", "palette")).info
    for name, field in Defaults.model_fields.items():
        option = OPTIONS[name]
        option.api_field(info)
        for value in (option.low, option.high) if isinstance(option, Scale) else ():
            whole = name in ("steps", "num_images")
            Defaults.model_validate({name: int(value) if whole else float(value)})
            outside = value + 1 if value == option.high else value - 1
            with pytest.raises(ValueError, match=name):
                Defaults.model_validate({name: int(outside) if whole else float(outside)})
        assert field.default is None


CATS: dict[str, Any] = demo()
WRONG = [
    ({"cats": {**CATS, "title": 3}}, "demos.cats.title must be text in quotes, got 3"),
    ({"cats": {**CATS, "title": ""}}, "demos.cats.title must be something, and not empty"),
    ({"cats": {**CATS, "titel": "A"}}, "demos.cats.titel must be one of the keys"),
    ({"cats": {**CATS, "live": "yes"}}, "demos.cats.live must be true or false, got 'yes'"),
    ({"cats": {**CATS, "first": "film"}}, "demos.cats.first must be one of 'upload', 'draw'"),
    ({"cats": {**CATS, "prompts": "a cat"}}, "demos.cats.prompts must be a list in brackets"),
    ({"cats": {**CATS, "task": "dancing"}}, "demos.cats.task must be one of 'controlnet'"),
    ({"cats": {**CATS, "controlnets": {}}}, "controlnets must name at least one"),
    ({"cats": {**CATS, "task": "text-to-image"}}, "controlnets must be left out for the task"),
    ({"cats": {**CATS, "control": "depth"}}, "control must be one of controlnets (canny)"),
    ({"cats": {**CATS, "controlnets": {"a/b": "x/y"}}}, "controlnets.a/b must be "),
    ({"cats": {**CATS, "most_controls": 0}}, "demos.cats.most_controls must be 1 or more, got 0"),
    ({"cats": {**CATS, "most_controls": 4}}, "demos.cats.most_controls must be 3 or less, got 4"),
    ({"cats": {**CATS, "most_controls": "two"}}, "most_controls must be a whole number, got 'two'"),
    ({"cats": {**CATS, "defaults": {"steps": 0}}}, "demos.cats.defaults.steps must be 1 or more"),
    ({"cats": {**CATS, "defaults": {"steps": 4.5}}}, "steps must be a whole number, got 4.5"),
    ({"cats": {**CATS, "defaults": {"control_scale": float("nan")}}}, "control_scale must be"),
    ({"cats": {**CATS, "limits": {"num_images": 9}}}, "limits.num_images must be 8 or less"),
    (
        {"cats": {**CATS, "limits": {"steps": 4}, "defaults": {"steps": 5}}},
        "defaults.steps must be at most limits.steps, which is 4, got 5",
    ),
    ({"Cats": CATS}, "demos.Cats must be lower-case letters, digits and hyphens"),
    ({"_": CATS}, "demos._ must be lower-case letters"),
    ({"../up": CATS}, "demos.../up must be lower-case letters"),
    ({"cats": "pets"}, "demos.cats must be a table, got 'pets'"),
    ({}, "demos must be something, and not empty"),
    ({"cats": {key: CATS[key] for key in CATS if key != "team"}}, "demos.cats.team must be there"),
]


@pytest.mark.parametrize(("demos", "sentence"), WRONG)
def test_a_wrong_field_is_one_sentence_with_the_file_and_the_key(
    tmp_path: Path, demos: dict[str, Any], sentence: str
) -> None:
    file = tmp_path / "spaces.toml"
    with pytest.raises(InvalidListing) as raised:
        read_listing(written(tmp_path, demos))
    told = str(raised.value)
    assert told.startswith(f"{file}: ")
    assert sentence in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"title = ", "must be TOML, got a mistake"),
        (b"\xff\xfe", "must be text in UTF-8"),
        (b"a=" + b"[" * 5000, "must be TOML, got a mistake"),
        (b"#" * 1_000_001, "must have at most 1,000 KB"),
        (b"title = 'x'", "description must be there, got nothing"),
    ],
)
def test_what_is_no_listing_is_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "spaces.toml").write_bytes(content)
    with pytest.raises(InvalidListing) as raised:
        read_listing(tmp_path / "spaces.toml")
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for file in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(InvalidListing, match="must be a file that lists demos"):
            read_listing(file)


@pytest.mark.parametrize("name", ["gone.png", "spaces.toml", "../spaces", "."])
def test_an_example_s_picture_must_be_there(tmp_path: Path, name: str) -> None:
    entry = demo(examples=[SCENES[0]])
    file = written(tmp_path, {"cats": entry})
    file.write_text(file.read_text("utf-8").replace(SCENES[0].result.name, name), "utf-8")
    with pytest.raises(InvalidListing, match=r"demos\.cats\.examples\.0\.result must be a picture"):
        read_listing(file)


def test_a_configuration_can_be_told_apart_and_kept(tmp_path: Path) -> None:
    entry = read_listing(written(tmp_path, {"cats": demo(defaults={"steps": 3})})).demos["cats"]
    assert isinstance(entry.config(), DemoConfig)
    assert hash(entry.config()) == hash(entry.config())


def test_the_documentation_names_every_key() -> None:
    text = (Path(__file__).parents[3] / "docs" / "hosting.md").read_text("utf-8")
    tables = (Listing, DemoEntry, Defaults, Limits, Annotators, ExampleEntry)
    keys = {key for table in tables for key in table.model_fields}
    named = set(re.findall(r"\b[a-z_]+\b", text))
    assert keys <= named, keys - named
