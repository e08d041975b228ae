"""Naming a picture's style by its pixels."""

import numpy as np
import pytest

from training.data.styles import name_look, shading


def ball(*, falling: float) -> np.ndarray:
    """A blue ball on white whose colour falls off by so many steps of 255 from row to row."""
    rows, columns = np.indices((128, 128), np.float32)
    picture = np.full((128, 128, 3), 255, np.uint8)
    inside = (rows - 64) ** 2 + (columns - 64) ** 2 < 45**2
    fall = falling * (rows - 19)[inside, None]
    picture[inside] = np.clip(np.float32([60, 130, 240]) - fall, 0, 255)
    return picture


@pytest.mark.parametrize(("falling", "look"), [(0.0, "flat"), (2.0, "shaded"), (0.9, "")])
def test_one_colour_is_flat_a_falling_one_shaded_and_a_little_is_not_spoken_of(
    falling: float, look: str
) -> None:
    assert name_look(ball(falling=falling)) == look


def test_a_style_is_the_same_at_another_size() -> None:
    picture = ball(falling=2.0)
    large = picture.repeat(2, axis=0).repeat(2, axis=1)

    assert shading(large) == pytest.approx(shading(picture), rel=0.15)


def test_lines_and_empty_pages_have_no_style() -> None:
    page = np.full((128, 128, 3), 255, np.uint8)
    lines = page.copy()
    lines[::16] = 0

    assert shading(page) is None
    assert name_look(page) == name_look(lines) == ""
