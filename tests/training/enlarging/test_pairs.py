"""Pairs of small pictures and large drawings that show the same."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.conftest import draw_icons
from training.data import dataset
from training.enlarging import pairs
from training.errors import UnusableDataset


def shaded(colour: tuple[int, int, int]) -> np.ndarray:
    picture = np.full((32, 32, 3), 255, np.uint8)
    picture[8:24, 4:28] = colour
    return picture


def test_each_drawing_is_there_large_once_without_its_copies(tmp_path: Path) -> None:
    folder = draw_icons(tmp_path / "icons")
    data = pairs.originals(dataset.read(folder, split="train"), count=9)
    assert [name.split()[-1] for name in data.names] == ["ball", "box", "dot"]
    large = pairs.read_large(folder, data)
    assert large.shape == (3, 128, 128, 3)
    for small, drawing in zip(data.images, large, strict=True):
        halves = drawing.reshape(32, 4, 32, 4, 3).mean((1, 3))
        assert np.abs(halves - small).mean() < 2.0


def test_a_drawing_takes_the_painting_s_colours_and_keeps_its_edges() -> None:
    drawn, painted = shaded((200, 40, 60)), shaded((190, 60, 70))
    large = drawn.repeat(4, axis=0).repeat(4, axis=1)
    off, alike = pairs.strayed(painted, large)
    recoloured = pairs.recoloured(large, off)
    assert alike.all()
    assert np.abs(recoloured[64, 64] - np.array([190, 60, 70])).max() <= 4
    assert np.abs(recoloured[64, 16].astype(int) - recoloured[64, 15]).max() > 150


def test_what_was_painted_otherwise_does_not_count() -> None:
    drawn, painted = shaded((200, 40, 60)), shaded((200, 40, 60))
    painted[14:18, 12:16] = (20, 20, 220)
    _, alike = pairs.strayed(painted, drawn.repeat(4, axis=0).repeat(4, axis=1))
    assert not alike[13:19, 11:17].any()
    assert alike[:6].all()


def test_drawings_that_are_missing_or_of_another_size_are_said_to_be(tmp_path: Path) -> None:
    folder = draw_icons(tmp_path / "icons")
    data = pairs.originals(dataset.read(folder, split="train"), count=2)
    with pytest.raises(UnusableDataset, match="one size, 64×64, got 128×128"):
        pairs.read_large(folder, data, times=2)
    first = folder / "large" / f"{data.sources[0]}.png"
    Image.new("RGB", (8, 8)).save(first)
    with pytest.raises(UnusableDataset, match="got 8×8 or 128×128; draw the icons again"):
        pairs.read_large(folder, data)
    first.unlink()
    with pytest.raises(UnusableDataset, match="must be the large drawing of"):
        pairs.read_large(folder, data)
