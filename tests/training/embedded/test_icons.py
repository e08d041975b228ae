"""Icons from a package written by hand: no network, no npm."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.data import dataset
from training.embedded.icons import (
    SETS,
    Config,
    Icon,
    draw,
    fetch,
    read_icons,
    write_icon,
    write_sheet,
)
from training.errors import UnreadableIconSet

PACKAGE = {
    "prefix": "toy",
    "width": 32,
    "height": 32,
    "icons": {
        "red-ball": {"body": '<circle cx="16" cy="16" r="12" fill="#e01b24"/>'},
        "tall-box": {
            "body": '<rect x="2" y="2" width="12" height="28" fill="#1c71d8"/>',
            "width": 16,
        },
        "waving-hand": {"body": '<rect x="8" y="8" width="16" height="16" fill="#f6d32d"/>'},
        "waving-hand-dark": {"body": '<rect x="8" y="8" width="16" height="16" fill="#543930"/>'},
        "flag-peru": {"body": '<rect width="32" height="32" fill="#e01b24"/>'},
        "old-ball": {"body": '<circle cx="16" cy="16" r="12"/>', "hidden": True},
    },
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "icons.json"
    path.write_text(json.dumps(PACKAGE))
    return path


@pytest.fixture
def config(tmp_path: Path) -> Config:
    for name in ("images", "canny", "large"):
        (tmp_path / "data" / name).mkdir(parents=True)
    return Config(out=tmp_path / "data", size=48)


def test_a_package_is_read_without_flags_skin_tones_and_hidden_icons(package: Path) -> None:
    icons = read_icons(package, "flat", frozenset())

    assert [icon.key for icon in icons] == ["red-ball", "tall-box", "waving-hand"]
    assert [icon.name for icon in icons] == ["ball", "tall box", "waving hand"]


def test_an_icon_is_drawn_on_white_in_the_middle(package: Path) -> None:
    tall = read_icons(package, "flat", frozenset())[1]

    pixels = draw(tall.svg, 64)

    assert pixels.shape == (64, 64, 3)
    assert (pixels[:, 0] == 255).all()
    assert (pixels[:, -1] == 255).all()
    assert (pixels[32, 32] == (0x1C, 0x71, 0xD8)).all()


def test_copies_in_other_colours_say_so_and_keep_their_source(
    package: Path, config: Config
) -> None:
    ball = read_icons(package, "flat", frozenset())[0]

    rows = write_icon(ball, config)

    assert len(rows) == 1 + config.copies
    assert rows[0].text == "a red ball, flat icon"
    assert len({row.colour for row in rows}) == len(rows)
    assert all(row.colour in row.text for row in rows)
    assert {row.source for row in rows} == {"toy-red-ball"}
    assert len({row.split for row in rows}) == 1


def test_a_drawing_in_two_colours_gets_copies_in_two_others(config: Config) -> None:
    body = (
        '<rect x="2" y="2" width="28" height="16" fill="#e01b24"/>'
        '<rect x="2" y="18" width="28" height="12" fill="#1c71d8"/>'
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{body}</svg>'

    rows = write_icon(Icon("toy", "parcel", "parcel", "flat", svg), replace(config, pairs=6))

    pairs = {row.text for row in rows if " and " in row.text}
    assert "a red and blue parcel, flat icon" in pairs
    assert any("red" not in text and "blue" not in text for text in pairs)


def test_a_written_folder_loads_as_a_dataset(package: Path, config: Config) -> None:
    icons = read_icons(package, "flat", frozenset())
    rows = [row for icon in icons for row in write_icon(icon, config)]
    lines = [json.dumps(row.__dict__ | {"split": "train"}) for row in rows]
    (config.out / "metadata.jsonl").write_text("\n".join(lines))

    data = dataset.load(config.out, split="train")

    assert data.images.shape == (len(rows), 48, 48, 3)
    assert data.maps.shape == (len(rows), 48, 48)
    assert set(np.unique(data.maps)) == {0, 255}
    assert list(data.captions) == [row.text for row in rows]
    assert set(data.looks) == {"flat"}


def test_the_contact_sheet_shows_the_rows(package: Path, config: Config) -> None:
    rows = write_icon(read_icons(package, "flat", frozenset())[0], config)

    write_sheet(rows, config.out, count=4, columns=2)

    with Image.open(config.out / "sheet.png") as sheet:
        assert sheet.size == (192, 216)


def test_a_picture_is_the_same_whenever_it_is_drawn(package: Path, config: Config) -> None:
    ball = read_icons(package, "flat", frozenset())[0]
    first = [r.text for r in write_icon(ball, config)]

    assert [r.text for r in write_icon(ball, config)] == first


@pytest.mark.parametrize("content", ["not json", "[]", '{"prefix": "x"}'])
def test_what_is_no_icon_package_is_refused_in_one_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "icons.json"
    path.write_text(content)

    with pytest.raises(UnreadableIconSet, match="must"):
        read_icons(path, "flat", frozenset())


def test_a_package_that_is_there_is_not_fetched(tmp_path: Path) -> None:
    kept = tmp_path / "noto-1.2.9" / "package" / "icons.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")

    assert fetch(SETS[2], tmp_path) == kept


def test_each_set_states_its_licence_and_a_style_of_its_own() -> None:
    assert {icon_set.licence for icon_set in SETS} == {"MIT", "Apache-2.0"}
    assert len({icon_set.style for icon_set in SETS}) == len(SETS)


def test_drawing_keeps_to_the_size_of_the_config(config: Config) -> None:
    icon = Icon("toy", "dot", "dot", "flat", '<svg xmlns="http://www.w3.org/2000/svg"/>')

    write_icon(icon, config)

    with Image.open(config.out / "images" / "toy-dot-0.png") as picture:
        assert picture.size == (48, 48)
