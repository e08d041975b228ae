"""What the evaluation asks for, and how it scores what it gets."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inference.canny import canny
from training.colours import HUE_WORDS
from training.dataset import Dataset
from training.evaluate import Report, main, score, table
from training.wishes import Wish, held_out_wishes, sheet


def square(colour: str) -> np.ndarray:
    picture = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(picture).rectangle((12, 12, 50, 50), fill=colour)
    return np.asarray(picture)


def wish(colour: str) -> Wish:
    return Wish(colour=colour, caption=f"a {colour} box", edges=canny(square("black"))[..., 0])


def test_each_drawing_is_asked_for_once_with_its_original_s_map() -> None:
    maps = np.arange(6, dtype=np.uint8)[:, None, None] * np.ones((6, 4, 4), np.uint8)
    data = Dataset(
        images=np.zeros((6, 4, 4, 3), np.uint8),
        maps=maps,
        captions=["?"] * 6,
        names=["cat", "cat", "cat", "owl", "owl", "fox"],
        styles=["flat"] * 6,
        sources=["cat", "cat", "cat", "owl", "owl", "fox"],
    )

    wishes = held_out_wishes(data, count=10)

    assert [w.caption for w in wishes] == [
        "a red cat, flat icon",
        "an orange owl, flat icon",
        "a yellow fox, flat icon",
    ]
    assert [int(w.edges[0, 0]) for w in wishes] == [0, 3, 5]


def test_the_right_colour_on_the_right_edges_scores_one() -> None:
    colours, f1 = score([wish("red"), wish("blue")], [square("#e01b24"), square("#1c71d8")])

    assert colours == {"red": 1.0, "blue": 1.0}
    assert f1 == 1.0


def test_a_wrong_colour_and_an_empty_page_score_nothing() -> None:
    page = np.full((64, 64, 3), 255, np.uint8)

    colours, f1 = score([wish("red"), wish("red")], [square("#1c71d8"), page])

    assert colours == {"red": 0.0}
    assert f1 == pytest.approx(0.5)


def test_the_sheet_has_the_map_above_each_picture() -> None:
    painted = np.stack([square("#e01b24")] * 3)

    assert sheet([wish("red")] * 3, painted, columns=2).shape == (2 * 128, 2 * 64, 3)


def test_the_table_names_the_bars() -> None:
    report = Report("toy", 8, 15, "ddim", 0.875, dict.fromkeys(HUE_WORDS, 0.875), 0.61, 0.5)

    text = table(report)

    assert "87.5%   (at least 85 %)" in text
    assert "0.610   (at least 0.60)" in text


def test_a_missing_data_folder_is_one_sentence_and_exit_code_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path / "nowhere")]) == 2

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
