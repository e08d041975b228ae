"""A picture carries how it was made, and what it carries is not believed."""

import base64
import io
import json
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from inference.controls.annotators import described
from inference.errors import InvalidRequest
from inference.png import MAX_PARAMETERS, encode_png, read_parameters, read_recipe, save_png
from inference.request import Control, GenerationRequest

values = st.text() | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()
SIZE = {"width": 48, "height": 32}


@settings(deadline=None)
@given(st.dictionaries(st.text(), values, max_size=5))
def test_parameters_come_back_as_they_were(tmp_path_factory, parameters: dict) -> None:
    path = tmp_path_factory.mktemp("png") / "picture.png"
    save_png(Image.new("RGB", (4, 4)), parameters, path)
    assert read_parameters(path) == parameters


def test_what_a_map_was_read_with_is_told_on(tmp_path: Path) -> None:
    drawn = Control(
        name="canny", map=Image.new("RGB", (64, 64)), annotator="canny", settings={"low": 9}
    )
    told = {"name": "canny", **described("canny", drawn.settings)}
    parameters = {"prompt": "a box", "width": 64, "height": 64, "controls": [told]}
    request = GenerationRequest(controls=(drawn,))
    save_png(Image.new("RGB", (64, 64)), parameters, tmp_path / "a.png", request=request)
    recipe = read_recipe(tmp_path / "a.png")
    assert recipe is not None
    (again,) = recipe.request().controls
    assert (again.annotator, again.settings) == ("canny", {"low": 9, "high": 200})


def test_every_picture_of_a_model_says_so_in_the_words_of_the_iptc(tmp_path: Path) -> None:
    image, parameters = Image.new("RGB", (4, 4)), {"model": "embedded", "seed": 1}
    save_png(image, parameters, tmp_path / "saved.png")
    (tmp_path / "served.png").write_bytes(encode_png(image, parameters))
    save_png(image, {"prompt": "control map canny"}, tmp_path / "map.png")
    word = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    for name in ("saved", "served"):
        with Image.open(tmp_path / f"{name}.png") as file:
            described = file.getxmp()["xmpmeta"]["RDF"]["Description"]
        assert described["DigitalSourceType"] == word
    with Image.open(tmp_path / "map.png") as file:
        assert not file.getxmp(), "no model made the map"


def test_a_strange_picture_carries_none(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "plain.png")
    assert read_parameters(tmp_path / "plain.png") is None


def maps() -> dict[str, Image.Image]:
    """One map of each kind: lines, greys, few colours, many colours."""
    noise = np.random.default_rng(0)
    grey = noise.integers(0, 256, (32, 48, 1), dtype=np.uint8)
    cells = noise.integers(0, 256, (4, 6, 3), dtype=np.uint8)
    return {
        "lines": Image.fromarray(np.repeat(255 * (grey > 127), 3, axis=2).astype(np.uint8)),
        "greys": Image.fromarray(np.repeat(grey, 3, axis=2)),
        "cells": Image.fromarray(cells.repeat(8, axis=0).repeat(8, axis=1)),
        "colours": Image.fromarray(noise.integers(0, 256, (32, 48, 3), dtype=np.uint8)),
        "flat": Image.new("RGB", (48, 32), (7, 7, 7)),
    }


@pytest.mark.parametrize("kinds", [("lines", "greys", "cells"), ("colours", "flat")])
def test_what_went_in_comes_back_to_the_pixel(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    drawn_by = {name: maps()[name] for name in kinds}
    controls = tuple(
        Control(name=name, map=drawn, scale=0.5, annotator="canny")
        for name, drawn in drawn_by.items()
    )
    start = maps()["colours"].rotate(180)
    request = GenerationRequest(
        prompt="a cat — 猫",
        seed=2**32 - 1,
        steps=3,
        controls=controls,
        init_image=start,
        strength=0.4,
        mask=maps()["lines"],
    )
    told = [control.model_dump(exclude={"map"}) for control in controls]
    parameters = {
        **{
            "prompt": "a cat — 猫",
            "seed": 2**32 - 1,
            "steps": 3,
            "strength": 0.4,
            "mask": True,
            **SIZE,
        },
        "controls": told,
    }
    path = tmp_path / "picture.png"
    save_png(Image.new("RGB", (48, 32)), parameters, path, request=request)
    recipe = read_recipe(path)
    assert recipe is not None
    again = recipe.request()
    assert (again.prompt, again.seed, again.steps, again.strength) == (
        "a cat — 猫",
        2**32 - 1,
        3,
        0.4,
    )
    assert again.init_image is not None
    assert again.init_image.tobytes() == start.tobytes()
    assert again.mask is not None
    assert again.mask.tobytes() == maps()["lines"].tobytes()
    assert [(one.name, one.scale, one.annotator) for one in again.controls] == [
        (name, 0.5, "canny") for name in kinds
    ]
    for one, drawn in zip(again.controls, drawn_by.values(), strict=True):
        assert one.map.tobytes() == drawn.tobytes()
    assert read_recipe(path.read_bytes()) == recipe


def test_a_map_of_another_size_is_carried_as_it_acted(tmp_path: Path) -> None:
    large = maps()["lines"].resize((480, 320), Image.Resampling.NEAREST)
    request = GenerationRequest(controls=(Control(name="canny", map=large),))
    told = {"controls": [{"name": "canny"}], **SIZE}
    save_png(Image.new("RGB", (48, 32)), told, tmp_path / "a.png", request=request)
    recipe = read_recipe(tmp_path / "a.png")
    assert recipe is not None
    assert recipe.request().controls[0].map.size == (48, 32)


@pytest.mark.slow
def test_lines_are_small(tmp_path: Path) -> None:
    lines = np.zeros((512, 512, 3), np.uint8)
    lines[::40] = 255
    request = GenerationRequest(controls=(Control(name="c", map=Image.fromarray(lines)),))
    told = {"controls": [{"name": "c"}], "width": 512, "height": 512}
    sizes = []
    for given_request in (None, request):
        save_png(Image.new("RGB", (512, 512)), told, tmp_path / "a.png", request=given_request)
        sizes.append((tmp_path / "a.png").stat().st_size)
    assert sizes[1] - sizes[0] < 2_000


def png(*texts: tuple[str, bytes, bool]) -> bytes:
    """A PNG of one pixel with iTXt chunks: keyword, text, whether it is compressed."""
    whole = io.BytesIO()
    Image.new("RGB", (1, 1)).save(whole, "PNG")
    head, rest = whole.getvalue()[:33], whole.getvalue()[33:]
    for keyword, text, compressed in texts:
        content = keyword.encode("latin-1") + b"\0" + bytes([compressed, 0]) + b"\0\0"
        content += zlib.compress(text) if compressed else text
        chunk = b"iTXt" + content
        head += struct.pack(">I", len(content)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return head + rest


def told(parameters: Any, sources: Any = None) -> bytes:
    texts = [("parameters", json.dumps(parameters).encode(), False)]
    if sources is not None:
        texts.append(("sources", json.dumps(sources).encode(), False))
    return png(*texts)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 40,
        b"GIF89a" + bytes(100),
        png(),
        png(("parameters", b"", False)),
        png(("parameters", b"Steps: 20, Sampler: Euler a", False)),
        png(("parameters", b"[1, 2]", False)),
        png(("parameters", b"[" * 100_000, False)),
        png(("parameters", b'{"a":' * 20_000, False)),
        png(("parameters", b"\xff\xfe{}", False)),
        png(("parameters", b"{}" + b" " * MAX_PARAMETERS, False)),
        png(("parameters", b"{}" + b" " * 30_000_000, True)),
        told({"a": 1})[:60],
    ],
    ids=lambda content: f"{len(content)}-bytes",
)
def test_what_is_not_ours_is_none_and_costs_nothing(content: bytes) -> None:
    tracemalloc.start()
    try:
        assert read_recipe(content) is None
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_a_compressed_text_is_read_as_well() -> None:
    recipe = read_recipe(png(("parameters", b'{"prompt": "a cat"}', True)))
    assert recipe is not None
    assert recipe.request().prompt == "a cat"


def encoded(image: Image.Image, kind: str = "PNG") -> str:
    stream = io.BytesIO()
    image.save(stream, kind)
    return base64.b64encode(stream.getvalue()).decode()


CANNY = {"controls": [{"name": "canny"}]}
SMALL = encoded(Image.new("RGB", (32, 32)))


@pytest.mark.parametrize(
    ("parameters", "sources", "words"),
    [
        ({"steps": 10**9}, None, "steps must be a whole number from 1 to 200"),
        ({"prompt": {"a": 1}}, None, "prompt must be a text"),
        ({"prompt": "word " * 10_000}, None, "prompt must be a text of at most"),
        ({"sampler": ["euler"]}, None, "got others for sampler"),
        ({"width": "wide"}, None, "got others for width"),
        ({"controls": "canny"}, None, "controls in a picture's parameters must be a list"),
        ({"controls": [7]}, None, "controls in a picture's parameters must be a list"),
        (CANNY, None, "must carry its control map of canny"),
        (CANNY, {"controls": {"canny": 7}}, "must carry its control map of canny"),
        (CANNY, {"controls": ["canny"]}, "must carry its control map of canny"),
        (CANNY, {"controls": {"canny": "no base64"}}, "must carry its control map of canny"),
        (CANNY, {"controls": {"canny": "AAAA"}}, "must be a PNG"),
        (
            CANNY,
            {"controls": {"canny": encoded(Image.new("RGB", (32, 32)), "JPEG")}},
            "must be a PNG",
        ),
        (
            CANNY,
            {"controls": {"canny": encoded(Image.new("1", (5000, 5000)))}},
            "must have at most 4,194,304 pixels, got 5000×5000",
        ),
        (
            {"controls": [{"name": "canny", "scale": 99}]},
            {"controls": {"canny": encoded(Image.new("RGB", (32, 32)))}},
            "control scale must be a number from 0 to 2",
        ),
        ({"strength": 0.5}, {}, "must carry its start image"),
        ({"strength": 0.5, "mask": True}, {"init_image": SMALL}, "must carry its mask"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_stranger_s_parameters_get_a_sentence(parameters: Any, sources: Any, words: str) -> None:
    recipe = read_recipe(told(parameters, sources))
    assert recipe is not None
    with pytest.raises(InvalidRequest, match=words):
        recipe.request()


def test_fields_that_are_no_part_of_a_request_do_nothing() -> None:
    recipe = read_recipe(told({"prompt": "a cat", "num_images": 8, "preview_every": 1, "evil": 1}))
    assert recipe is not None
    assert recipe.request() == GenerationRequest(prompt="a cat", upscale=1)


def test_a_picture_that_pillow_wrote_in_its_own_way_is_read(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("parameters", '{"prompt": "a cat"}', zip=True)
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png", pnginfo=info)
    assert read_parameters(tmp_path / "a.png") == {"prompt": "a cat"}
