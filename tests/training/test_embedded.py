"""The model that ships: small, licensed, and obedient to words and lines."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inference.canny import canny
from inference.checkpoints import load_bundle
from inference.checkpoints.source import EMBEDDED
from inference.pipeline import Pipeline
from training.colours import HUE_WORDS
from training.icons import SETS
from training.trials import Settings, answers, colour_right, control, mean_f1
from training.wishes import Wish

SHAPES: dict[str, Callable[[ImageDraw.ImageDraw], None]] = {
    "balloon": lambda pen: pen.ellipse((14, 6, 50, 48), outline="black", fill="grey"),
    "box": lambda pen: pen.rectangle((12, 14, 52, 50), outline="black", fill="grey"),
    "tent": lambda pen: pen.polygon([(32, 8), (8, 54), (56, 54)], outline="black", fill="grey"),
    "pencil": lambda pen: pen.polygon([(10, 48), (44, 8), (54, 16), (20, 56)], fill="grey"),
}


def drawing(shape: str) -> np.ndarray:
    picture = Image.new("RGB", (64, 64), "white")
    SHAPES[shape](ImageDraw.Draw(picture))
    return np.asarray(picture)


def test_the_whole_folder_is_at_most_40_mb() -> None:
    size = sum(file.stat().st_size for file in EMBEDDED.rglob("*") if file.is_file())

    assert 0 < size <= 40e6


def test_the_card_names_every_set_its_author_and_its_licence() -> None:
    card = (EMBEDDED / "README.md").read_text()

    for icon_set in SETS:
        licence = icon_set.licence.replace("-", " ")
        line = next(line for line in card.splitlines() if f"[{icon_set.title}]" in line)
        assert icon_set.version in line
        assert icon_set.author in line
        assert licence in line
        assert icon_set.style in line


def test_it_comes_with_a_canny_controlnet_and_settings_of_its_own() -> None:
    bundle = load_bundle("embedded")

    assert set(bundle.controlnets) == {"canny"}
    assert {"sampler", "steps", "guidance_scale"} <= set(bundle.generation_config)
    assert bundle.license == "apache-2.0"


@pytest.mark.slow
def test_it_paints_drawn_shapes_in_the_colours_asked_for() -> None:
    wishes = [
        Wish(colour, f"a {colour} {shape}, flat icon", canny(drawing(shape))[..., 0])
        for colour, shape in zip(HUE_WORDS, [*SHAPES, *SHAPES], strict=True)
    ]
    pipeline = Pipeline.load("embedded")

    pictures = answers(pipeline, wishes, Settings(), lambda wish: [control("canny", wish.map)])

    assert colour_right(wishes, pictures) >= 7 / 8
    assert mean_f1(wishes, pictures) >= 0.7
