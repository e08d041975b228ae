"""Colour words, as people would use them."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from training.data.colours import HUE_WORDS, PROTOTYPES, name_colours, recolour


def disc(colour: str | tuple[int, int, int], *, size: int = 64) -> np.ndarray:
    """A disc with a black outline on white."""
    picture = Image.new("RGB", (size, size), "white")
    ImageDraw.Draw(picture).ellipse((8, 8, 56, 56), fill=colour, outline="black", width=2)
    return np.asarray(picture)


@pytest.mark.parametrize(
    ("fill", "word"),
    [
        ("#e01b24", "red"),
        ("#ff7800", "orange"),
        ("#f6d32d", "yellow"),
        ("#33a02c", "green"),
        ("#1c71d8", "blue"),
        ("#0d47a1", "blue"),
        ("#8e44ad", "purple"),
        ("#ff69b4", "pink"),
        ("#ffc0cb", "pink"),
        ("#8b4513", "brown"),
        ("#543930", "brown"),
        ("#202020", "black"),
        ("#9a9a9a", "grey"),
    ],
)
def test_a_disc_is_called_what_people_call_it(fill: str, word: str) -> None:
    assert name_colours(disc(fill)).dominant == word


def test_an_empty_page_is_white() -> None:
    assert name_colours(np.full((64, 64, 3), 255, np.uint8)).dominant == "white"


def test_a_second_colour_is_named_if_there_is_enough_of_it() -> None:
    picture = disc("#e01b24").copy()
    picture[36:] = disc("#1c71d8")[36:]

    names = name_colours(picture)

    assert (names.dominant, names.second) == ("red", "blue")


def test_a_colour_between_two_words_is_disputed() -> None:
    assert name_colours(disc("#ffb02e")).disputed
    assert not name_colours(disc("#ff7800")).disputed


@pytest.mark.parametrize("source", [w for w in HUE_WORDS if w in ("red", "yellow", "blue")])
@pytest.mark.parametrize("target", HUE_WORDS)
def test_a_recoloured_picture_has_the_name_of_its_new_colour(source: str, target: str) -> None:
    before = disc({"red": "#e01b24", "yellow": "#f6d32d", "blue": "#1c71d8"}[source])

    after = recolour(before, target, np.random.default_rng(0))

    assert name_colours(after).dominant == target
    assert (after[0, 0] == 255).all()  # the page stays white
    assert after.shape == before.shape


def test_each_word_has_a_prototype() -> None:
    assert set(PROTOTYPES) == set(HUE_WORDS)
