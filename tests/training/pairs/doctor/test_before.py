"""The doctor before a training: sound pairs go without a word, hopeless ones not at all."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from inference.checkpoints import save_bundle
from tests.tiny import tiny_bundle
from tests.training.pairs.doctor.faults import SIZE, circles, shuffled, write
from tests.training.pairs.photos import encoded
from training.errors import UnusableDataset
from training.pairs.doctor.before import require_sound
from training.train_controlnet import main


def test_sound_pairs_go_without_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    require_sound(str(write(tmp_path / "sound", circles(520, held_out=10))))
    assert capsys.readouterr() == ("", "")


def test_what_had_better_be_mended_is_said_and_the_training_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = circles(40)
    blank = encoded(Image.new("RGB", (SIZE, SIZE), "black"), "PNG")
    pairs[0] = replace(pairs[0], conditioning=blank)
    require_sound(str(write(tmp_path / "few", pairs)))
    said = capsys.readouterr().err
    assert said.startswith("mend first: 40 pairs of")
    assert said.endswith("training begins all the same\n")


def test_hopeless_pairs_are_refused_in_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    folder = write(tmp_path / "shuffled", shuffled(circles(80), range(80)))
    with pytest.raises(UnusableDataset) as refused:
        require_sound(str(folder))
    said = str(refused.value)
    assert "seem to have the map of another picture" in said
    assert f"training.prepare --check {folder}" in said
    assert "\n" not in said


@pytest.mark.slow
def test_the_trainer_leaves_nothing_behind_where_it_refuses_so_that_mended_pairs_may_follow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "shuffled", shuffled(circles(80), range(80)))
    save_bundle(tmp_path / "base", tiny_bundle(tmp_path / "base"))
    out = tmp_path / "run"
    settings = ["--base", str(tmp_path / "base"), "--data", str(folder), "--out", str(out)]
    assert main(settings) == 2
    assert capsys.readouterr().err.startswith("pairs to train on must be sound, got ")
    assert not out.exists()
