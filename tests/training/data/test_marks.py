"""Looks as shifts of latents."""

import jax.numpy as jnp
import numpy as np
import pytest

from training.data import marks
from training.data.captions import WORDINGS, wordings
from training.data.dataset import Dataset

SETS = [("flat", "flat"), ("shaded", "shaded"), ("soft", "flat"), ("bold", "shaded"), ("soft", "")]
WITHOUT_STYLES = ("", "flat")


def test_a_picture_is_marked_exactly_where_its_words_call_it_flat_or_shaded() -> None:
    styles, looks = zip(*SETS, strict=True)
    data = Dataset(
        images=np.zeros((5, 8, 8, 3), np.uint8),
        maps=np.zeros((5, 8, 8), np.uint8),
        captions=[f"a red flat shoe, {style} icon" for style in styles],
        names=["flat shoe"] * 5,
        styles=list(styles),
        sources=list("abcde"),
        looks=list(looks),
    )

    marked = marks.of_wordings(data)

    np.testing.assert_array_equal(marks.of_words(looks), [-1.0, 1.0, -1.0, 1.0, 0.0])
    for row, (style, look) in enumerate(SETS):
        texts = wordings(data.captions[row], name="flat shoe", style=style, look=look)
        for k, text in enumerate(texts):
            said = text.replace("flat shoe", "shoe")
            wanted = -1.0 if "flat" in said else 1.0 if "shaded" in said else 0.0
            assert marked[row, k] == wanted, (WORDINGS[k], text)


def test_where_captions_name_no_styles_nothing_is_marked() -> None:
    style, look = WITHOUT_STYLES
    data = Dataset(
        images=np.zeros((1, 8, 8, 3), np.uint8),
        maps=np.zeros((1, 8, 8), np.uint8),
        captions=["a red shoe"],
        names=["shoe"],
        styles=[style],
        sources=["a"],
        looks=[look],
    )

    assert not marks.of_wordings(data).any()


@pytest.mark.slow
def test_a_mark_is_the_same_in_all_cells_and_leaves_what_is_not_marked() -> None:
    latents = jnp.asarray(np.random.default_rng(0).normal(size=(3, 4, 4, 8)), jnp.float16)

    shifts = marks.marked(latents, jnp.asarray([-1.0, 0.0, 1.0])) - latents

    np.testing.assert_allclose(shifts[1], 0.0, atol=1e-6)
    np.testing.assert_allclose(shifts[0], -shifts[2], atol=1e-6)
    np.testing.assert_allclose(shifts[2], np.broadcast_to(shifts[2, 0, 0], (4, 4, 8)), atol=1e-6)
    assert abs(float(jnp.abs(shifts[2]).mean()) - marks.SHIFT) < 1e-6
    assert abs(float(shifts[2].mean())) < 1e-6
