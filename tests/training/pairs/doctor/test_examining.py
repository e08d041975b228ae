"""Faults of pairs that were planted, found and told with their remedy."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from inference.images import read_image
from tests.training.pairs.doctor.faults import SIZE, circles, photos, shuffled, write
from tests.training.pairs.photos import encoded
from training.pairs.doctor.examining import Diagnosis, examine
from training.pairs.doctor.findings import Finding, Verdict
from training.pairs.making import Pair
from training.prepare import main


def diagnosis(folder: Path, pairs: list[Pair]) -> Diagnosis:
    return examine(str(write(folder, pairs)))


def finding(found: Diagnosis, title: str) -> Finding:
    return next(each for each in found.findings if each.title == title)


@pytest.mark.slow
def test_sound_pairs_may_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "sound", circles(520, held_out=10))
    assert main(["--check", str(tmp_path / "sound"), "--processes", "2"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("go: 520 pairs of")
    assert "mend" not in said
    assert (tmp_path / "sound" / "check.html").stat().st_size > 50_000


@pytest.mark.parametrize("kind", ["circles", "canny", "palette"])
def test_a_shuffled_set_is_stopped(tmp_path: Path, kind: str) -> None:
    pairs = circles(80) if kind == "circles" else photos(40, annotator=kind)
    sound = diagnosis(tmp_path / "sound", pairs)
    assert finding(sound, "Maps and pictures").verdict is Verdict.GO
    found = diagnosis(tmp_path / "shuffled", shuffled(pairs, range(len(pairs))))
    assert finding(found, "Maps and pictures").verdict is Verdict.STOP
    assert found.verdict is Verdict.STOP


def test_a_few_maps_of_other_pictures_are_told_one_by_one(tmp_path: Path) -> None:
    found = diagnosis(tmp_path / "few", shuffled(photos(40), [3, 17, 30]))
    told = finding(found, "Maps and pictures")
    assert told.verdict is Verdict.MEND
    assert told.examples == (3, 17, 30)


def test_empty_maps_are_found(tmp_path: Path) -> None:
    pairs = circles(40)
    blank = encoded(Image.new("RGB", (SIZE, SIZE), "black"), "PNG")
    for number in range(4):
        pairs[number] = replace(pairs[number], conditioning=blank)
    told = finding(diagnosis(tmp_path / "blank", pairs), "Empty maps")
    assert (told.verdict, told.examples) == (Verdict.MEND, (0, 1, 2, 3))


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([""] * 20, "have no caption"),
        (["a photo"] * 20, "say the same, 'a photo'"),
        ([f"{n} {'word ' * 90}" for n in range(20)], "longer than the 77 tokens"),
    ],
)
def test_captions_that_teach_nothing_are_found(
    tmp_path: Path, texts: list[str], message: str
) -> None:
    pairs = [replace(p, text=text) for p, text in zip(circles(20), texts, strict=True)]
    told = finding(diagnosis(tmp_path / "texts", pairs), "Captions")
    assert told.verdict is Verdict.MEND
    assert message in told.message


def test_a_picture_that_is_there_twice_is_found_though_it_was_changed(tmp_path: Path) -> None:
    pairs = photos(30)
    picture = read_image(pairs[4].image)
    smaller = picture.resize((56, 56)).resize((SIZE, SIZE))
    changed = encoded(ImageEnhance.Brightness(smaller).enhance(1.01), "JPEG")
    pairs.append(replace(pairs[4], image=changed, key="again"))
    pairs.append(replace(pairs[9], split="validation"))
    found = diagnosis(tmp_path / "twice", pairs)
    assert finding(found, "Doubles").examples == (4, 30, 9, 31)
    across = finding(found, "Held out")
    assert (across.verdict, across.examples) == (Verdict.MEND, (9, 31))


def test_files_that_cannot_be_read_and_maps_of_another_shape_stop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = circles(20)
    pairs[5] = replace(pairs[5], image=pairs[5].image[:60])
    wide = encoded(Image.new("RGB", (2 * SIZE, SIZE), "red"), "PNG")
    pairs[7] = replace(pairs[7], conditioning=wide)
    write(tmp_path / "bad", pairs)
    assert main(["--check", str(tmp_path / "bad"), "--processes", "1"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("stop: ")
    assert "row 5 of train-00000-of-00001.parquet: the picture must be" in said
    assert "have a map of another shape" in said


def test_of_very_many_pairs_some_are_looked_at(tmp_path: Path) -> None:
    write(tmp_path / "many", circles(200))
    found = examine(str(tmp_path / "many"), most=100)
    assert found.total == 200
    assert 64 <= len(found.pairs) <= 136
    assert "of 200, evenly spread" in str(found)


def test_what_holds_no_pairs_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "must have Parquet files of the split train" in said
    assert said.count("\n") == 1
