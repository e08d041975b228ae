"""What the evaluation asks for, and how it scores what it gets."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inference.controls.canny import canny
from training.data.dataset import Dataset
from training.evaluate import main, table
from training.evaluation import trials
from training.evaluation.wishes import Wish, sheet, wishes_for


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
        looks=[""] * 6,
    )

    wishes = wishes_for(data, count=10)

    assert [w.caption for w in wishes] == [
        "a red cat, flat icon",
        "an orange owl, flat icon",
        "a yellow fox, flat icon",
    ]
    assert [int(w.edges[0, 0]) for w in wishes] == [0, 3, 5]


def test_the_right_colour_on_the_right_edges_scores_one() -> None:
    wishes, pictures = [wish("red"), wish("blue")], [square("#e01b24"), square("#1c71d8")]

    assert trials.colour_shares(wishes, pictures) == {"red": 1.0, "blue": 1.0}
    assert trials.colour_right(wishes, pictures) == 1.0
    assert trials.mean_f1(wishes, pictures) == 1.0
    assert trials.outline_f1(wishes, pictures) == 1.0


def test_a_wrong_colour_and_an_empty_page_score_nothing() -> None:
    wishes, page = [wish("red"), wish("red")], np.full((64, 64, 3), 255, np.uint8)
    pictures = [square("#1c71d8"), page]

    assert trials.colour_shares(wishes, pictures) == {"red": 0.0}
    assert trials.mean_f1(wishes, pictures) == pytest.approx(0.5)


def test_failures_are_wrong_colours_first_and_then_lost_lines() -> None:
    wishes = [wish("red")] * 3
    page = np.full((64, 64, 3), 255, np.uint8)
    right, another, nothing = square("#e01b24"), square("#1c71d8"), page

    assert trials.failures(wishes, [right, another, nothing], count=2) == [2, 1]
    assert trials.failures(wishes, [nothing, right, another], count=3) == [0, 2, 1]


def test_both_of_two_colours_are_wanted_in_any_order() -> None:
    both = square("#e01b24").copy()
    both[32:] = square("#1c71d8")[32:]

    assert trials.both_colours([("blue", "red")], [both]) == 1.0
    assert trials.both_colours([("blue", "red")], [square("#1c71d8")]) == 0.0


def test_two_colours_are_asked_for_in_all_pairs() -> None:
    wishes = [replace(wish("red"), name="box", style="flat")] * 56

    two, pairs = trials.in_two_colours(wishes)

    assert len(set(pairs)) == 56
    assert all(one != other for one, other in pairs)
    first, second = pairs[1]
    assert f" {first} and {second} box, flat icon" in two[1].caption


def test_rough_maps_are_scored_against_the_edges_they_were_made_of() -> None:
    (rough,) = trials.roughened([wish("red")])

    assert (rough.edges == wish("red").edges).all()
    assert (rough.map != wish("red").map).any()


def test_palettes_that_agree_do_not_differ() -> None:
    assert trials.palette_difference([square("red")], [square("red")]) == 0.0
    assert trials.palette_difference([square("black")], [np.full((64, 64, 3), 255, np.uint8)]) > 0.3


def test_common_objects_are_those_of_the_most_sets_with_the_shortest_names() -> None:
    names = ["cat", "cat", "cat", "green apple", "green apple", "bus", "bus", "yak"]
    data = Dataset(
        images=np.zeros((8, 4, 4, 3), np.uint8),
        maps=np.zeros((8, 4, 4), np.uint8),
        captions=["?"] * 8,
        names=names,
        styles=["flat", "soft", "bold", "flat", "soft", "flat", "soft", "flat"],
        sources=[str(i) for i in range(8)],
        looks=[""] * 8,
    )

    assert trials.common_objects(data, count=3) == ["cat", "bus", "green apple"]


def test_styles_are_asked_for_by_turns_and_counted_each() -> None:
    wishes = trials.from_words(["cat", "owl", "fox", "scissors"], ["flat", "soft"])

    assert [w.caption for w in wishes][::3] == ["a cat, flat icon", "scissors, soft icon"]
    shares = trials.style_shares(wishes, ["flat", "flat", "soft", "soft"])
    assert shares == {"flat": 0.5, "soft": 0.5}


def test_the_sheet_has_the_map_above_each_picture() -> None:
    painted = np.stack([square("#e01b24")] * 3)

    assert sheet([wish("red")] * 3, painted, columns=2).shape == (2 * 128, 2 * 64, 3)


def test_the_table_names_the_bars() -> None:
    figures = {
        "model": "toy",
        "held-out edge_f1 at 1": 0.61,
        "held-out colour_right": 0.875,
        "held-out colours": {"red": 1.0},
        "seconds": 0.125,
    }

    lines = table(figures).splitlines()

    assert lines[1].endswith("0.610   (at least 0.80, goal 0.90)")
    assert lines[2].endswith("87.5%   (at least 90 %, goal 95 %)")
    assert lines[3].split() == ["red", "100%"]
    assert lines[4].endswith("(at most 0.25 s on two CPU cores, goal 0.12 s)")


def test_a_missing_data_folder_is_one_sentence_and_exit_code_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path / "nowhere")]) == 2

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
