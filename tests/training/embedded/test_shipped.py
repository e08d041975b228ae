"""The model that ships: small, licensed, and obedient to words and lines."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inference.checkpoints import load_bundle
from inference.checkpoints.source import EMBEDDED
from inference.controls.canny import canny
from inference.controls.palette import palette
from inference.controls.scribble import scribble
from inference.pipeline import Pipeline
from inference.request import Control
from training.data.colours import HUE_WORDS
from training.embedded.icons import SETS
from training.evaluation.trials import (
    Settings,
    answers,
    colour_right,
    control,
    mean_f1,
    outline_f1,
    palette_difference,
)
from training.evaluation.wishes import Wish

SHAPES: dict[str, Callable[[ImageDraw.ImageDraw, str], None]] = {
    "balloon": lambda pen, fill: pen.ellipse((28, 12, 100, 96), outline="black", fill=fill),
    "box": lambda pen, fill: pen.rectangle((24, 28, 104, 100), outline="black", fill=fill),
    "tent": lambda pen, fill: pen.polygon(
        [(64, 16), (16, 108), (112, 108)], outline="black", fill=fill
    ),
    "pencil": lambda pen, fill: pen.polygon([(20, 96), (88, 16), (108, 32), (40, 112)], fill=fill),
}


def drawing(shape: str, fill: str = "grey") -> np.ndarray:
    picture = Image.new("RGB", (128, 128), "white")
    # The brown of style sheets has the hue of red.
    SHAPES[shape](ImageDraw.Draw(picture), "saddlebrown" if fill == "brown" else fill)
    return np.asarray(picture)


def shapes() -> list[str]:
    """One for each of the eight colours."""
    return [*SHAPES, *SHAPES]


def wishes() -> list[Wish]:
    """The shapes in all colours, wished for in words."""
    return [
        Wish(colour, f"a {colour} {shape}, flat icon", canny(drawing(shape))[..., 0], name=shape)
        for colour, shape in zip(HUE_WORDS, shapes(), strict=True)
    ]


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


def test_it_comes_with_three_controlnets_and_settings_of_its_own() -> None:
    bundle = load_bundle("embedded")

    assert set(bundle.controlnets) == {"canny", "palette", "scribble"}
    assert {"sampler", "steps", "guidance_scale"} <= set(bundle.generation_config)
    assert bundle.license == "apache-2.0"


@pytest.mark.slow
def test_it_paints_drawn_shapes_in_the_colours_asked_for() -> None:
    asked = wishes()

    pictures = answers(
        Pipeline.load("embedded"), asked, Settings(), lambda wish: [control("canny", wish.map)]
    )

    assert colour_right(asked, pictures) >= 7 / 8
    assert mean_f1(asked, pictures) >= 0.8


@pytest.mark.slow
def test_thick_strokes_become_outlines() -> None:
    asked = wishes()

    def ask(wish: Wish) -> list[Control]:
        strokes = scribble(wish.edges)
        return [control("scribble", np.repeat(strokes[..., None], 3, axis=-1))]

    pictures = answers(Pipeline.load("embedded"), asked, Settings(), ask)

    assert colour_right(asked, pictures) >= 7 / 8
    assert outline_f1(asked, pictures) >= 0.8


@pytest.mark.slow
def test_edges_and_a_palette_act_together_at_full_strength() -> None:
    asked = [replace(wish, caption=f"a {wish.name}, flat icon") for wish in wishes()]
    palettes = {wish.colour: palette(drawing(wish.name, wish.colour)) for wish in asked}
    pipeline = Pipeline.load("embedded")

    def paint(scale: float) -> list[np.ndarray]:
        def ask(wish: Wish) -> list[Control]:
            return [control("canny", wish.map), control("palette", palettes[wish.colour], scale)]

        return answers(pipeline, asked, Settings(), ask)

    lines_alone, both = paint(0.0), paint(1.0)

    assert mean_f1(asked, both) >= 0.8
    wanted = list(palettes.values())
    assert palette_difference(wanted, both) <= 0.5 * palette_difference(wanted, lines_alone)
