"""Circles by the rule of fill50k."""

import cv2
import numpy as np
import pytest

from inference.images import read_image
from training.pairs.sources.circles import COLOURS, circle


@pytest.mark.parametrize("number", range(12))
def test_the_words_say_the_colours_and_the_map_is_the_outline(number: int) -> None:
    sample = circle(number, size=256, seed=0)
    picture, outline = np.asarray(read_image(sample.image)), read_image(sample.conditioning)  # type: ignore[arg-type]
    inner, outer = (COLOURS[name.strip()] for name in _names(sample.text))
    lines = np.asarray(outline)[..., 0] > 127
    rows, columns = np.nonzero(lines)
    middle = round((rows.min() + rows.max()) / 2), round((columns.min() + columns.max()) / 2)
    assert tuple(picture[middle]) == inner
    assert tuple(picture[0, 0]) == outer or lines[:2, :2].any()
    assert rows.min() > 0
    assert rows.max() < 255
    edge = np.abs(np.diff(picture.astype(int), axis=0)).sum(axis=2) > 0
    assert cv2.dilate(lines.astype(np.uint8), np.ones((5, 5)))[:-1][edge].all()


def test_a_pair_is_a_function_of_seed_and_number() -> None:
    assert circle(3, size=64, seed=0) == circle(3, size=64, seed=0)
    assert len({circle(n, size=64, seed=s).text for n in range(5) for s in range(2)}) == 10


def _names(text: str) -> tuple[str, str]:
    inner, _, outer = text.removesuffix(" background").partition(" circle with ")
    return inner, outer
