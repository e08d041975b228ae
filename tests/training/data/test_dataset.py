"""Image folders in memory, and the order in which they are seen."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.data.dataset import batch_indices, load
from training.errors import UnusableDataset


def write_folder(folder: Path, *, sizes: tuple[int, ...] = (16, 16)) -> None:
    rows = []
    for i, size in enumerate(sizes):
        Image.new("RGB", (size, size), "red").save(folder / f"{i}.png")
        row = {"image": f"{i}.png", "conditioning_image": f"{i}.png", "text": f"number {i}"}
        rows.append(json.dumps(row))
    (folder / "metadata.jsonl").write_text("\n".join(rows))


def test_every_row_is_seen_once_in_each_epoch() -> None:
    seen = np.concatenate([batch_indices(10, 4, seed=0, step=step) for step in range(5)])

    assert sorted(seen[:10]) == list(range(10))
    assert sorted(seen[10:]) == list(range(10))
    assert list(seen[:10]) != list(seen[10:])


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    assert (batch_indices(99, 8, seed=1, step=7) == batch_indices(99, 8, seed=1, step=7)).all()
    assert (batch_indices(99, 8, seed=1, step=7) != batch_indices(99, 8, seed=2, step=7)).any()


def test_a_batch_may_be_larger_than_the_data() -> None:
    assert np.bincount(batch_indices(3, 7, seed=0, step=0), minlength=3).min() >= 2


def test_columns_image_conditioning_image_and_text_are_enough(tmp_path: Path) -> None:
    write_folder(tmp_path)

    data = load(tmp_path, split="train")

    assert len(data) == 2
    assert list(data.names) == ["number 0", "number 1"]


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableDataset, match=r"metadata.jsonl must hold"):
        load(tmp_path / "nowhere", split="train")


def test_pictures_of_several_sizes_are_refused(tmp_path: Path) -> None:
    write_folder(tmp_path, sizes=(16, 24))

    with pytest.raises(UnusableDataset, match="one size"):
        load(tmp_path, split="train")


def test_a_split_without_rows_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path)

    with pytest.raises(UnusableDataset, match="held_out"):
        load(tmp_path, split="held_out")


def test_a_file_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "1.png").write_text("no picture")

    with pytest.raises(UnusableDataset, match=r"1\.png must be a picture"):
        load(tmp_path, split="train")
