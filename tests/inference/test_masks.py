"""Masks: what is painted anew, in pixels and in latent cells, and what is put back."""

import numpy as np
import pytest
from PIL import Image

from inference.errors import InferenceError
from inference.masks import cells, has_white, pasted, white
from inference.request import GenerationRequest

F = 4


def stroke(*, row: int = 9, width: int = 1) -> np.ndarray:
    anew = np.zeros((24, 32), bool)
    anew[row : row + width, 8:20] = True
    return anew


def test_a_line_thinner_than_a_latent_cell_paints_each_cell_that_it_crosses() -> None:
    grid = cells(stroke(row=9), F)[..., 0]
    assert grid.shape == (6, 8)
    assert [tuple(at) for at in np.argwhere(grid)] == [(2, 2), (2, 3), (2, 4)]


@pytest.mark.parametrize("width", [1, 5])
def test_what_is_white_is_all_painted_and_what_is_a_cell_away_is_as_it_was(width: int) -> None:
    before, after = np.full((24, 32, 3), 10, np.uint8), np.full((24, 32, 3), 210, np.uint8)
    anew = stroke(width=width)
    made = pasted(after, before, anew, F)
    near = np.zeros_like(anew)
    near[9 - F : 9 + width + F, 8 - F : 20 + F] = True
    assert (made[anew] == 210).all()
    assert (made[~near] == 10).all()
    between = made[near & ~anew]
    assert between.min() < 110 < between.max(), "one fades into the other"


def test_where_all_is_white_nothing_is_put_back() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 256, (2, 24, 32, 3), dtype=np.uint8)
    assert (pasted(one, other, np.ones((24, 32), bool), F) == one).all()


def test_a_mask_is_fitted_like_the_picture_that_it_lies_on() -> None:
    mask = Image.new("L", (64, 32))
    mask.paste(255, (16, 0, 32, 32))  # left of the middle
    anew = white(mask, (16, 16))  # the middle of it, at half the size
    assert anew[:, :8].all()
    assert not anew[:, 8:].any()


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P", "F", "CMYK", "LA"])
def test_a_mask_of_any_mode_is_read(mode: str) -> None:
    mask = Image.new("L", (32, 32))
    mask.paste(255, (8, 8, 16, 16))
    start = Image.new("RGB", (32, 32))
    request = GenerationRequest(init_image=start, mask=mask.convert(mode))
    assert request.mask is not None
    assert white(request.mask, (32, 32)).sum() == 64


def test_a_mask_of_numbers_that_are_none_gets_a_sentence() -> None:
    nan = Image.fromarray(np.full((32, 32), np.nan, np.float32))
    assert not has_white(nan.convert("L"))
    with pytest.raises(InferenceError, match="mask must be white where"):
        GenerationRequest(init_image=Image.new("RGB", (32, 32)), mask=nan)
