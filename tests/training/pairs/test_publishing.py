"""Pairs on the Hub: their card holds, and they are trained from there."""

from pathlib import Path

import pytest
import yaml

from spaces.checks.run import Entry, Outcome, run_checks
from spaces.errors import DemoUnavailable
from spaces.hub.client import Hub
from tests.gallery.hub_fixtures import ServedHub, served_hub, small_hub
from tests.training.pairs.photos import photo_folder
from training.pairs.index import open_pairs
from training.prepare import main

__all__ = ["served_hub", "small_hub"]
COUNT = 8


@pytest.fixture
def hub(small_hub: ServedHub, monkeypatch: pytest.MonkeyPatch) -> ServedHub:
    small_hub.hub.add_account("ada-l", token="hf_ada")
    monkeypatch.setenv("HF_ENDPOINT", small_hub.address)
    monkeypatch.setenv("HF_TOKEN", "hf_ada")
    return small_hub


def prepared(folder: Path, **columns: list[str]) -> Path:
    photos = photo_folder(folder / "photos", COUNT, **columns)
    (photos / "003.jpg").write_bytes(b"no picture")
    made = ["--annotator", "canny", "--size", "64", "--held-out", "0.3", "--processes", "1"]
    assert main([str(photos), "--out", str(folder / "pairs"), *made]) == 0
    return folder / "pairs"


def no_demo(*_: object, **__: object) -> None:
    raise DemoUnavailable("nobody asks a demo here")


def test_what_is_pushed_passes_the_gallerys_checks_and_is_trained_from(
    hub: ServedHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = prepared(tmp_path, license=["mit"] * 4 + ["cc0-1.0"] * 4)
    assert main(["--push", "ada-l/pairs", "--out", str(folder), "--tag", "summer-sprint"]) == 0
    assert f"{hub.address}/datasets/ada-l/pairs" in capsys.readouterr().out

    hub.hub.add_space("ada-l/demo", card={"datasets": ["ada-l/pairs"]}, runtime="SLEEPING")
    entry = Entry("ada-l/demo", "summer-sprint", datasets=("ada-l/pairs",))
    found = {check.name: check for check in run_checks(entry, Hub(hub.address), no_demo)}  # type: ignore[arg-type]
    for name in ("datasets_linked", "dataset_card", "dataset_license"):
        assert found[name].outcome is Outcome.PASS, found[name]

    told = yaml.safe_load((folder / "README.md").read_text().split("---")[1])
    assert (told["license"], told["tags"]) == ("other", ["summer-sprint", "controlnet", "canny"])
    text = (folder / "README.md").read_text()
    assert "| mit | 3 |" in text
    assert "| cc0-1.0 | 4 |" in text
    assert "damaged, and left out: 1" in text
    splits = {
        split: open_pairs("ada-l/pairs", split=split).rows for split in ("train", "validation")
    }
    assert sum(splits.values()) == COUNT - 1


@pytest.mark.slow
def test_a_card_that_was_edited_is_sent_as_it_is_and_old_files_go(
    hub: ServedHub, tmp_path: Path
) -> None:
    folder = prepared(tmp_path)
    old = {"data/train-00000-of-00009.parquet": b"old", "notes.txt": b"stays"}
    hub.hub.add_dataset("ada-l/pairs", files=old)
    (folder / "README.md").write_text("---\nlicense: mit\n---\nMy own words.")
    assert main(["--push", "ada-l/pairs", "--out", str(folder)]) == 0
    there = hub.hub.shelf.get("dataset", "ada-l/pairs")
    assert there is not None
    assert "data/train-00000-of-00009.parquet" not in there.head.files
    assert {"notes.txt", "data/train-00000-of-00001.parquet"} <= set(there.head.files)
    facts = Hub(hub.address).dataset("ada-l/pairs")
    assert facts is not None
    assert facts.card == "My own words."


@pytest.mark.slow
def test_what_cannot_be_published_is_one_sentence(
    hub: ServedHub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def said(*arguments: str) -> str:
        capsys.readouterr()
        assert main(list(arguments)) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        return error

    folder = str(prepared(tmp_path))
    assert "needs a licence" in said("--push", "ada-l/pairs", "--out", folder)
    licensed = ("--out", folder, "--license", "mit")
    assert "must be owner/name" in said("--push", "a b/c/d", *licensed)
    assert "open to you, got 403" in said("--push", "grace-h/pairs", *licensed)
    assert "must hold what" in said("--push", "ada-l/pairs", "--out", str(tmp_path))
    monkeypatch.setenv("HF_TOKEN", "")
    assert "HF_TOKEN" in said("--push", "ada-l/pairs", *licensed)
