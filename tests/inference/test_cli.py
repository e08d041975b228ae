"""The command line as a person runs it: pictures on disk, one sentence for every mistake."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.checkpoints import save_bundle, save_component
from inference.cli import main
from inference.png import read_parameters, save_png
from tests.inference.strange_files import DAMAGED, FOREIGN, TOO_LARGE
from tests.tiny import tiny_bundle, tiny_upscaler


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("model")
    save_bundle(folder / "tiny", tiny_bundle(folder))
    return str(folder / "tiny")


@pytest.fixture
def photo(tmp_path: Path) -> str:
    pixels = np.zeros((64, 48, 3), np.uint8)
    pixels[16:40, 12:36] = (250, 180, 20)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return str(tmp_path / "photo.png")


@pytest.fixture
def part(tmp_path: Path) -> str:
    """Of the photo, as a mask."""
    mask = Image.new("L", (48, 64))
    mask.paste(255, (12, 16, 36, 40))
    mask.save(tmp_path / "part.png")
    return str(tmp_path / "part.png")


@pytest.mark.slow
def test_a_picture_is_written_with_its_parameters(model, photo, tmp_path, capsys) -> None:
    out = tmp_path / "new folder" / "teapot.png"
    options = [
        *("--model", model, "--control", f"canny={photo}", "--control-map", f"hue={photo}"),
        *("--seed", "7", "--steps", "3", "--sampler", "dpmpp_2m", "--guidance-scale", "1"),
        *("--control-scale", "0.5", "--control-end", "hue=0.8", "--json", "--out", str(out)),
        *("--annotator-setting", "canny.low=50"),
    ]
    status = main(["generate", "a teapot", *options])
    printed = capsys.readouterr()
    assert status == 0, printed.err
    facts = json.loads(printed.out)
    names = "paths seeds seconds compile_seconds steps sampler device"
    assert " ".join(facts) == names
    assert (facts["paths"], facts["seeds"], facts["steps"]) == ([str(out)], [7], 3)
    parameters = read_parameters(out)
    assert parameters is not None
    assert parameters["prompt"] == "a teapot"
    told = {"scale": 0.5, "start": 0.0, "end": 1.0}
    assert parameters["controls"] == [
        {"name": "canny", **told, "annotator": "canny", "low": 50, "high": 200},
        {"name": "hue", **told, "end": 0.8},
    ]
    with Image.open(out) as image:
        assert image.size == (32, 32)


@pytest.mark.slow
def test_a_model_is_warmed_before_anybody_waits_for_it(model, capsys) -> None:
    assert main(["warm", "--model", model]) == 0
    assert "its programs are there after" in capsys.readouterr().out


@pytest.mark.slow
def test_an_upscaler_beside_the_model_enlarges_and_the_file_says_how(
    model, tmp_path, capsys
) -> None:
    upscaler = tiny_upscaler()
    save_component(tmp_path / "crisp", upscaler.config, upscaler.params)
    first, second, third = (tmp_path / f"{name}.png" for name in ("first", "second", "third"))
    beside = ["--model", model, "--upscaler", str(tmp_path / "crisp"), "--steps", "2"]
    assert main(["generate", "a cat", *beside, "--out", str(first)]) == 0
    again = ["generate", "--from", str(first), *beside]
    assert main([*again, "--out", str(second)]) == 0
    assert main([*again, "--upscale", "2", "--out", str(third)]) == 0
    for path, side in ((first, 128), (second, 128), (third, 64)):
        with Image.open(path) as image:
            assert image.size == (side, side)
    assert first.read_bytes() == second.read_bytes()
    told = read_parameters(third) or {}
    assert (told["width"], told["upscale"]) == (32, 2)
    capsys.readouterr()
    without = ["generate", "--from", str(first), "--model", model, "--out", str(second)]
    assert main(without) == 2
    assert "upscale must be 1 for this model, which has no upscaler, got 4" in (
        capsys.readouterr().err
    )


@pytest.mark.slow
def test_a_picture_is_made_again_from_its_file_alone(model, photo, part, tmp_path, capsys) -> None:
    first, second, third = (tmp_path / f"{name}.png" for name in ("first", "second", "third"))
    options = [
        *("--control", f"canny={photo}", "--control-map", f"hue={photo}"),
        *("--image", photo, "--strength", "0.9", "--mask", part, "--negative-prompt", "a dog"),
        *("--seed", "7", "--steps", "3", "--sampler", "euler", "--guidance-scale", "2.5"),
        *("--control-scale", "0.5", "--control-end", "0.9", "--clip-skip", "1", "--width", "16"),
    ]
    assert main(["generate", "a cat", "--model", model, *options, "--out", str(first)]) == 0
    for path in (photo, part):
        Path(path).unlink()
    again = ["generate", "--from", str(first), "--model", model]
    assert main([*again, "--out", str(second)]) == 0, capsys.readouterr().err
    assert main([*again, "--seed", "8", "--out", str(third)]) == 0, capsys.readouterr().err
    pixels = [np.asarray(Image.open(path)) for path in (first, second, third)]
    assert (pixels[0] == pixels[1]).all()
    assert (pixels[0] != pixels[2]).any()
    assert read_parameters(first) == read_parameters(second)
    assert "note" not in capsys.readouterr().err


@pytest.mark.slow
def test_what_there_is_to_know_about_the_model_is_said_once(model, tmp_path, capsys) -> None:
    other = shutil.copytree(model, tmp_path / "other")
    path = other / "scheduler" / "scheduler_config.json"
    config = json.loads(path.read_text()) | {"_class_name": "DEISMultistepScheduler"}
    path.write_text(json.dumps(config))
    out = tmp_path / "cat.png"
    options = [
        "--karras",
        "--no-zero-snr",
        "--sampler",
        "euler",
        "--steps",
        "2",
        "--num-images",
        "2",
    ]
    assert main(["generate", "cat", "--model", str(other), *options, "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert printed.err.count("note: the model came with DEISMultistepScheduler") == 1
    parameters = read_parameters(tmp_path / "cat-1.png")
    assert parameters is not None
    assert (parameters["karras"], parameters["zero_snr"]) == (True, False)


@pytest.mark.slow
def test_several_pictures_are_numbered_and_what_was_cut_is_said(model, tmp_path, capsys) -> None:
    prompt = "word " * 2000
    options = [
        *("--model", model, "--steps", "1", "--num-images", "2", "--guidance-scale", "1"),
        *("--out", str(tmp_path / "cat.png")),
    ]
    status = main(["generate", prompt, *options])
    printed = capsys.readouterr()
    assert status == 0, printed.err
    assert printed.out.splitlines() == [str(tmp_path / f"cat-{i}.png") for i in (1, 2)]
    assert printed.err.startswith("note: the model reads the first 10 word pieces of a prompt")


def test_what_nobody_foresaw_is_a_sentence_unless_details_are_asked_for(
    model, capsys, monkeypatch
) -> None:
    def exhaust(*_: object) -> None:
        raise MemoryError("out of memory\nwhile allocating")

    monkeypatch.setattr("inference.pipeline.Pipeline.generate", exhaust)
    assert main(["generate", "a cat", "--model", model]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "MemoryError came up (out of memory); try a smaller size" in printed.err
    assert printed.err.count("\n") == 1
    with pytest.raises(MemoryError):
        main(["generate", "a cat", "--model", model, "--debug"])


def broken(tmp_path: Path, model: str) -> dict[str, str]:
    """Files and folders that cannot be used, by what is wrong with them."""
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "empty.png").write_bytes(b"")
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    whole = tmp_path / "whole.png"
    Image.effect_noise((200, 200), 50).convert("RGB").save(whole)
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:5000])
    (tmp_path / "bare").mkdir()
    copies = {name: shutil.copytree(model, tmp_path / name) for name in ("damaged", "other")}
    weights = copies["damaged"] / "unet" / "diffusion_flax_model.msgpack"
    weights.write_bytes(weights.read_bytes()[:1000])
    config = copies["other"] / "unet" / "config.json"
    config.write_text(json.dumps({"_class_name": "FluxTransformer2DModel"}))
    save_png(
        Image.new("RGB", (32, 32)),
        {"prompt": "a cat", "controls": [{"name": "canny"}]},
        tmp_path / "mapless.png",
    )
    return {path.stem: str(path) for path in tmp_path.iterdir()}


@pytest.mark.slow
def test_a_picture_of_another_model_is_not_made_by_mistake(tmp_path: Path, capsys) -> None:
    save_png(
        Image.new("RGB", (8, 8)), {"prompt": "a cat", "model": "owner/its"}, tmp_path / "a.png"
    )
    assert main(["generate", "--from", str(tmp_path / "a.png")]) == 2
    printed = capsys.readouterr()
    assert "--model must name the model that the picture was made with, 'owner/its'" in printed.err
    assert printed.out == ""


@pytest.mark.parametrize("name", FOREIGN | DAMAGED | TOO_LARGE)
def test_a_strange_file_is_one_sentence_before_any_model_is_loaded(
    name: str, tmp_path: Path, capsys
) -> None:
    (tmp_path / "strange.png").write_bytes((FOREIGN | DAMAGED | TOO_LARGE)[name])
    asked = ["a cat", "--control", f"canny={tmp_path / 'strange.png'}", "--model", "nowhere"]
    assert main(["generate", *asked]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("error: --control must ")
    assert printed.err.count("\n") == 1


def test_an_empty_prompt_is_an_oversight(capsys) -> None:
    assert main(["generate", "  "]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "got an empty one; type a few words" in printed.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--steps", "0"], "steps must be a whole number from 1 to 200, got 0"),
        (["--steps", "-1"], "got -1"),
        (["--steps", "1000000"], "got 1000000"),
        (["--steps", "many"], "got 'many'"),
        (["--guidance-scale", "nan"], "guidance scale must be a number from 0 to 30, got nan"),
        (["--strength", "nan"], "strength must be"),
        (["--image", "{whole}", "--mask", "{dot}"], "mask must be at least 16×16 pixels, got 1×1"),
        (["--mask", "{whole}"], "a mask must come with the start image that it is for"),
        (["--sampler", "magic"], "sampler must be one of dpmpp_2m"),
        (["--sampler", "ddim", "--karras"], "Karras spacing must be asked of dpmpp_2m"),
        (["--control", "depth={whole}"], "control must be one of canny, hue, got 'depth'"),
        (["--control", "hue={whole}"], "annotator must be one of"),
        (["--control-map", "depth={whole}"], "control must be one of canny, hue, got 'depth'"),
        (["--control", "canny"], "--control must be NAME=VALUE, got 'canny'"),
        (["--control", "canny=nowhere.png"], "got 'nowhere.png', which is not a file"),
        (["--control", "canny={text}"], "choose a PNG, JPEG, WebP or GIF file"),
        (["--control", "canny={empty}"], "got an empty file"),
        (["--control", "canny={dot}"], "got 1×1"),
        (["--control", "canny={cut}"], "breaks off or is damaged"),
        (["--control", "canny={whole}", "--control-scale", "nan"], "control scale must be"),
        (["--control", "canny={whole}", "--control-end", "canny=7"], "control end must be"),
        (["--control-scale", "=1"], "--control-scale must be NAME=VALUE, got '=1'"),
        (["--annotator", "canny=scribble"], "must name a control that --control gives a picture"),
        (
            ["--control", "canny={whole}", "--annotator", "canny=magic"],
            "annotator must be one of canny",
        ),
        (
            ["--control", "canny={whole}", "--annotator-setting", "canny.low=501"],
            "low threshold must be a whole number from 0 to 500, got 501",
        ),
        (["--annotator-setting", "low=5"], "--annotator-setting must be NAME.SETTING=X"),
        (["--model", "{bare}"], "got no model_index.json"),
        (["--model", "{damaged}"], "diffusion_flax_model.msgpack"),
        (["--model", "{other}"], "got 'FluxTransformer2DModel'"),
        (["--model", "nowhere"], "which is no folder here"),
        (["--out", "picture.jpg"], "--out must name a .png file"),
        (["--width", "33"], "width must be a multiple of 4"),
        (["--clip-skip", "5"], "clip skip must be from 0 to 1"),
        (["--clip-skip", "x"], "invalid int value"),
        (["--colour", "red"], "unrecognized arguments"),
        (["--from", "nowhere.png"], "--from must be a picture, got 'nowhere.png' (No such file"),
        (["--from", "{whole}"], "--from must be a PNG that tells how it was made"),
        (["--from", "{text}"], "--from must be a PNG that tells how it was made"),
        (["--from", "{mapless}"], "must carry its control map of canny, got one that does not"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_every_mistake_gets_one_sentence_and_exit_code_2(
    arguments: list[str], words: str, model: str, tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    places = broken(tmp_path, model)
    filled = [argument.format(**places) for argument in arguments]
    status = main(["generate", "a cat", "--model", model, *filled])
    printed = capsys.readouterr()
    assert status == 2
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert printed.err.count("\n") == 1
    assert words in printed.err
    assert not list(tmp_path.glob("out*.png"))
