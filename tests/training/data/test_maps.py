"""Maps of a whole data set: packed, kept, unpacked to the pixel."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from inference.controls.canny import canny
from training.data import controls, maps
from training.data.dataset import Dataset
from training.errors import UnknownControl


@pytest.fixture(scope="module")
def data() -> Dataset:
    pictures = np.full((3, 32, 32, 3), 255, np.uint8)
    for i, picture in enumerate(pictures):
        picture[6 : 20 + 2 * i, 6:26] = (200, 20 * i, 40)
    return Dataset(
        images=pictures,
        maps=np.stack([canny(picture)[..., 0] for picture in pictures]),
        captions=["?"] * 3,
        names=["?"] * 3,
        styles=[""] * 3,
        sources=["0", "1", "2"],
        looks=[""] * 3,
    )


@pytest.mark.parametrize("name", controls.CONTROLS)
def test_packed_maps_unpack_to_what_was_drawn(name: str, data: Dataset) -> None:
    packed = maps.draw(name, data, versions=2, seed=5)

    assert packed.shape[:2] == (3, 2)
    assert packed[0, 0].size <= 32 * 32 / 5
    unpacked = np.asarray(maps.unpack(jnp.asarray(packed[:, 1]), 32))
    for row, (picture, edges) in enumerate(zip(data.images, data.maps, strict=True)):
        drawn = controls.control(name, picture, edges, np.random.default_rng([5, row, 1]))
        np.testing.assert_allclose(unpacked[row], drawn / 255.0, atol=1e-6)


def test_maps_are_drawn_once(
    tmp_path: Path, data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = maps.load_or_draw(tmp_path, "canny", data, versions=2, seed=0)
    monkeypatch.setattr(maps, "draw", None)

    again = maps.load_or_draw(tmp_path, "canny", data, versions=2, seed=0)

    np.testing.assert_array_equal(first, again)
    assert not list(tmp_path.glob("*.partial*"))


def test_chunks_do_not_show(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = maps.draw("canny", data, versions=1, seed=0)
    monkeypatch.setattr(maps, "CHUNK", 1)

    np.testing.assert_array_equal(maps.draw("canny", data, versions=1, seed=0), whole)


def test_an_unknown_control_is_refused_before_anything_is_drawn(
    tmp_path: Path, data: Dataset
) -> None:
    with pytest.raises(UnknownControl):
        maps.load_or_draw(tmp_path / "new", "pose", data, versions=1, seed=0)
    assert not (tmp_path / "new").exists()
