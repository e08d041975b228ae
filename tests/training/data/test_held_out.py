"""Nothing that a model is measured on was trained on: by name in any spelling, and by pixels."""

import json
from pathlib import Path

import numpy as np
import pytest

from training.data import dataset
from training.data.held_out import digest, require_apart
from training.data.names import is_held_out, name_key
from training.embedded.icons import Config, Icon, Row, keep_apart, write_icon
from training.errors import UnusableDataset

HELD_OUT = [name for name in (f"thing {i}" for i in range(99)) if is_held_out(name)][:2]
TRAINED = [name for name in (f"thing {i}" for i in range(99)) if not is_held_out(name)][:3]


def icon(prefix: str, name: str, radius: int) -> Icon:
    body = f'<circle cx="16" cy="16" r="{radius}" fill="#e01b24"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{body}</svg>'
    return Icon(prefix, name.replace(" ", "-"), name, "flat", svg)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    for name in ("images", "canny", "large"):
        (tmp_path / name).mkdir()
    return Config(out=tmp_path, size=32)


def write(rows: list[Row], folder: Path) -> None:
    lines = [json.dumps(row.__dict__) for row in rows]
    (folder / "metadata.jsonl").write_text("\n".join(lines))


def test_what_is_drawn_keeps_unseen_objects_out_of_training_by_name_and_by_pixels(
    config: Config,
) -> None:
    icons = [
        icon("one", TRAINED[0], 6),
        icon("one", HELD_OUT[0], 8),
        icon("two", HELD_OUT[0], 10),
        # The drawing of a held-out object under another name: its twin must not be trained on.
        icon("two", TRAINED[1], 8),
        icon("three", TRAINED[2], 12),
    ]
    rows = [row for i in icons for row in write_icon(i, config)]
    rows += write_icon(icon("other", HELD_OUT[1], 14), config, trained=False)

    rows = keep_apart(rows, config.out)

    write(rows, config.out)
    train = dataset.load(config.out, split="train")
    assert set(train.names) == {TRAINED[0], TRAINED[2]}
    for split in ("held_out", "other"):
        unseen = dataset.load(config.out, split=split)
        require_apart(train, unseen)
        assert not set(map(digest, train.images)) & set(map(digest, unseen.images))
        assert not set(map(name_key, train.names)) & set(map(name_key, unseen.names))
    assert {row.name for row in rows if row.split == "left_out"} == {TRAINED[1]}


@pytest.mark.parametrize("spelling", [str.title, lambda name: name.replace(" ", "-")])
def test_a_name_that_was_trained_on_is_refused_in_any_spelling(config: Config, spelling) -> None:
    rows = write_icon(icon("one", TRAINED[0], 6), config)
    twin = write_icon(icon("two", TRAINED[0], 9), config)
    renamed = [Row(**r.__dict__ | {"split": "held_out", "name": spelling(r.name)}) for r in twin]
    write([*rows, *renamed], config.out)

    with pytest.raises(UnusableDataset, match="names and 0 pictures that are in both"):
        require_apart(
            dataset.load(config.out, split="train"), dataset.load(config.out, split="held_out")
        )


def test_a_picture_that_was_trained_on_is_refused_under_any_name(config: Config) -> None:
    rows = write_icon(icon("one", TRAINED[0], 6), config)
    twin = write_icon(icon("two", HELD_OUT[0], 6), config)
    write([*rows, *twin], config.out)

    with pytest.raises(UnusableDataset, match=r"got 0 names and [1-9]"):
        require_apart(
            dataset.load(config.out, split="train"), dataset.load(config.out, split="held_out")
        )


def test_other_sets_are_not_recoloured(config: Config) -> None:
    rows = write_icon(icon("other", HELD_OUT[1], 14), config, trained=False)

    assert [row.split for row in rows] == ["other"]


def test_a_digest_is_that_of_the_pixels() -> None:
    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)

    assert digest(picture) == digest(np.asfortranarray(picture))
    assert digest(picture) != digest(picture[::-1])
