"""The judge of styles: what it needs, and what it says about itself."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from inference.checkpoints.msgpack_file import write_msgpack
from training import style_judge
from training.errors import UnusableDataset
from training.style_judge import SIDE, Config, StyleNetwork, load, small, train


def write_folder(folder: Path, styles: list[str]) -> Path:
    """Filled squares are flat, framed ones bold."""
    rows = []
    for i, style in enumerate(styles):
        picture = np.full((32, 32, 3), 255, np.uint8)
        picture[6:26, 6:26] = (40 * i % 256, 90, 200)
        if style == "bold":
            picture[9:23, 9:23] = 255
        Image.fromarray(picture).save(folder / f"{i}.png")
        split = "held_out" if i >= len(styles) - 2 else "train"
        row = {"image": f"{i}.png", "conditioning_image": f"{i}.png", "text": f"box {i}"}
        rows.append(json.dumps(row | {"style": style, "split": split}))
    (folder / "metadata.jsonl").write_text("\n".join(rows))
    return folder


def test_pictures_are_judged_at_one_size() -> None:
    assert small([np.zeros((128, 128, 3), np.uint8)] * 2).shape == (2, SIDE, SIDE, 3)


def test_one_style_alone_cannot_be_judged(tmp_path: Path) -> None:
    data = write_folder(tmp_path, ["flat"] * 6)

    with pytest.raises(UnusableDataset, match="rows of several styles"):
        train(Config(data, tmp_path / "judge"))


def test_a_folder_without_a_judge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableDataset, match=r"train one with python -m training\.style_judge"):
        load(tmp_path)


@pytest.mark.slow
def test_a_judge_comes_back_with_its_words_and_its_own_accuracy(tmp_path: Path) -> None:
    params = StyleNetwork(2).init(jax.random.key(0), jnp.zeros((1, SIDE, SIDE, 3)))["params"]
    write_msgpack(tmp_path / "judge.msgpack", jax.device_get(params))
    report = {"words": ["bold", "flat"], "accuracy": 0.5, "styles": {"flat": 0.5}, "count": 2}
    (tmp_path / "report.json").write_text(json.dumps(report))

    judge = load(tmp_path)

    assert judge.report == style_judge.Report(0.5, {"flat": 0.5}, 2)
    assert set(judge([np.zeros((40, 40, 3), np.uint8)] * 3)) <= {"bold", "flat"}


@pytest.mark.slow
def test_a_judge_learns_what_can_be_seen(tmp_path: Path) -> None:
    data = write_folder(tmp_path, ["flat", "bold"] * 8)

    report = train(Config(data, tmp_path / "judge", steps=150, batch_size=8))

    assert report.accuracy == 1.0
    assert load(tmp_path / "judge").report == report
