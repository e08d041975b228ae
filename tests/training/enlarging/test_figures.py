"""What is said of an upscaler is what one sees."""

import cv2
import numpy as np
import pytest

from training.enlarging.figures import colour_shift, lanczos, psnr, shrunk, ssim, steepness


@pytest.fixture
def drawing() -> np.ndarray:
    """A large circle with a smooth edge."""
    paper = np.full((256, 256, 3), 255, np.uint8)
    return cv2.circle(paper, (128, 120), 80, (200, 40, 60), -1, cv2.LINE_AA)


@pytest.fixture
def small(drawing: np.ndarray) -> np.ndarray:
    return shrunk(drawing, np.zeros((64, 64, 3), np.uint8))


def test_the_drawing_itself_is_nearer_and_crisper_than_lanczos_makes_it(
    drawing: np.ndarray, small: np.ndarray
) -> None:
    enlarged = lanczos(small, 4)
    assert enlarged.shape == drawing.shape
    assert psnr(drawing, drawing) > 100.0
    assert ssim(drawing, drawing) == pytest.approx(1.0)
    assert 20.0 < psnr(drawing, enlarged) < 40.0
    assert ssim(drawing, enlarged) < 0.999
    assert steepness(drawing) > 2.0 * steepness(enlarged)


def test_the_largest_half_percent_of_steps_is_what_makes_a_picture_crisp() -> None:
    flat = np.full((100, 100, 3), 90, np.uint8)
    assert steepness(flat) == 0.0
    flat[:, 50:] = 130  # 100 steps of 40 among 19,800: just over half a percent of them
    assert steepness(flat) == 40.0
    flat[:, 50:, 1] = 200
    assert steepness(flat) == 110.0


def test_only_colours_that_are_seen_from_afar_are_a_shift(small: np.ndarray) -> None:
    blocks = small.repeat(4, axis=0).repeat(4, axis=1)
    assert colour_shift(small, blocks) == 0.0
    assert colour_shift(small, lanczos(small, 4)) < 1.0
    assert colour_shift(small, 255 - blocks) > 20.0
