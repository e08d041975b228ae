"""Control maps for training: what each of them keeps, and what it lets happen to a drawing."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from inference.controls.canny import canny
from inference.controls.palette import palette
from training.data.controls import CONTROLS, control, rough
from training.errors import UnknownControl
from training.evaluation.edges import edge_f1


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    drawn = Image.new("RGB", (128, 128), "white")
    pen = ImageDraw.Draw(drawn)
    pen.ellipse((16, 16, 112, 112), fill="#e01b24", outline="black", width=3)
    pen.rectangle((50, 50, 80, 80), fill="#1c71d8")
    return np.asarray(drawn)


@pytest.fixture(scope="module")
def edges(picture: np.ndarray) -> np.ndarray:
    return canny(picture)[..., 0]


@pytest.mark.parametrize("name", CONTROLS)
def test_a_map_is_a_picture_of_the_same_size_and_depends_on_its_generator_alone(
    name: str, picture: np.ndarray, edges: np.ndarray
) -> None:
    first, again = (control(name, picture, edges, np.random.default_rng(7)) for _ in range(2))

    assert first.shape == picture.shape
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("name", ["canny", "scribble"])
def test_maps_of_lines_are_black_and_white(
    name: str, picture: np.ndarray, edges: np.ndarray
) -> None:
    for seed in range(6):
        lines = control(name, picture, edges, np.random.default_rng(seed))
        assert set(np.unique(lines)) <= {0, 255}


def test_half_of_the_edges_stay_as_they_are(picture: np.ndarray, edges: np.ndarray) -> None:
    maps = [control("canny", picture, edges, np.random.default_rng(s)) for s in range(60)]

    untouched = sum(np.array_equal(m[..., 0], edges) for m in maps)
    assert 15 <= untouched <= 45


def test_rough_lines_differ_each_time_but_stay_near_the_edges(edges: np.ndarray) -> None:
    drawn = [rough(edges, np.random.default_rng(seed)) for seed in range(20)]

    assert len({map_.tobytes() for map_ in drawn}) == 20
    near = [edge_f1(edges, map_, tolerance=8.0) for map_ in drawn]
    assert np.median(near) > 0.8
    assert np.median([edge_f1(edges, map_, tolerance=1.0) for map_ in drawn]) < 0.95


def test_rough_lines_are_sometimes_thick_and_sometimes_incomplete(edges: np.ndarray) -> None:
    ink = [(rough(edges, np.random.default_rng(s)) > 0).sum() for s in range(30)]

    assert max(ink) > 1.5 * (edges > 0).sum()
    assert min(ink) < 0.8 * (edges > 0).sum()


def test_scribbles_are_thicker_than_edges(picture: np.ndarray, edges: np.ndarray) -> None:
    def thickness(lines: np.ndarray) -> float:
        return float(cv2.distanceTransform(lines, cv2.DIST_L2, 5).max())

    for seed in range(5):
        lines = control("scribble", picture, edges, np.random.default_rng(seed))
        assert thickness(lines[..., 0].copy()) > thickness(edges)


def test_a_palette_has_eight_by_eight_even_cells_near_the_colours(
    picture: np.ndarray, edges: np.ndarray
) -> None:
    cells = control("palette", picture, edges, np.random.default_rng(3))

    patches = cells.reshape(8, 16, 8, 16, 3)
    assert (patches == patches[:, :1, :, :1]).all()
    kept = (cells != 255).any(axis=-1)
    assert np.abs(cells.astype(int) - palette(picture))[kept].mean() < 12


def test_some_cells_of_a_palette_are_missing_now_and_then(
    picture: np.ndarray, edges: np.ndarray
) -> None:
    dark = np.full_like(picture, 40)

    def missing(seed: int) -> float:
        return float((control("palette", dark, edges, np.random.default_rng(seed)) == 255).mean())

    shares = [missing(seed) for seed in range(20)]
    assert 5 <= sum(share > 0 for share in shares) <= 15
    assert max(shares) < 0.7


def test_an_empty_map_stays_empty(picture: np.ndarray) -> None:
    nothing = np.zeros((128, 128), np.uint8)

    for name in ("canny", "scribble"):
        assert not control(name, picture, nothing, np.random.default_rng(1)).any()


def test_an_unknown_control_is_named_in_the_error(picture: np.ndarray, edges: np.ndarray) -> None:
    with pytest.raises(UnknownControl, match="one of canny, scribble, palette, got 'pose'"):
        control("pose", picture, edges, np.random.default_rng(0))
