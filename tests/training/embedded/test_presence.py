"""How much of an edge or of a shade there is."""

import cv2
import jax.numpy as jnp
import numpy as np
import pytest

from training.embedded.presence import EDGE, SHADES, areas, presence, shade_presence


@pytest.mark.parametrize("half", [EDGE, *SHADES])
def test_the_presence_of_edges_follows_opencv_s_gradients(half: float) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 24, 3), np.uint8)
    slopes = [
        cv2.Sobel(picture, cv2.CV_32F, dx, 1 - dx, borderType=cv2.BORDER_REPLICATE) for dx in (0, 1)
    ]
    magnitude = np.abs(slopes).sum(axis=0).max(axis=-1)

    there = presence(jnp.asarray(picture[None] / 127.5 - 1.0), half=half)

    np.testing.assert_allclose(there[0], magnitude**2 / (magnitude**2 + half**2), atol=1e-4)


@pytest.mark.slow
def test_areas_end_three_pixels_beside_an_edge_and_have_shades_within() -> None:
    falling = np.linspace(0.0, 0.4, 32)
    picture = np.broadcast_to(
        np.where(np.arange(32) < 16, falling, 1.0)[:, None, None], (1, 32, 32, 3)
    )

    inside = np.asarray(areas(jnp.asarray(picture)))[0]

    # Sobel sees the edge between rows 15 and 16 in both; two more on each side are near it.
    assert np.flatnonzero(inside.min(axis=1) == 0.0).tolist() == [13, 14, 15, 16, 17, 18]
    assert inside.max(axis=1).tolist() == inside.min(axis=1).tolist()


@pytest.mark.slow
def test_a_shade_that_is_nearly_nothing_is_far_from_none() -> None:
    # Sobel's gradient of a slope is eight times its steepness.
    rows = np.arange(16)[:, None, None] / 127.5 - 1.0
    nothing, faint, steep = (
        shade_presence(jnp.asarray(np.broadcast_to(slope * rows, (16, 16, 3))[None]))[0, 8, 8]
        for slope in (0.0, 0.5, 4.0)
    )

    assert nothing == 0.0
    assert 0.2 < faint < 0.5
    assert steep > 0.9
