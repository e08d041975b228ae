"""Preparing data whole: by the command's own processes, killed and not."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pyarrow.parquet as pq
import pytest

from inference.controls.canny import canny
from inference.images import read_image
from tests.training.pairs.photos import photo_folder, photo_parquet, photo_tar
from training.errors import UnusableDataset
from training.pairs.card import dataset_card
from training.pairs.index import PICTURES, open_pairs
from training.pairs.report import Report
from training.pairs.streaming import PairStream
from training.prepare import main

ROOT = Path(__file__).parents[3]
COUNT = 60


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = photo_folder(
        tmp_path_factory.mktemp("source") / "photos",
        COUNT,
        license=["cc0-1.0"] * 20 + ["mit"] * (COUNT - 20),
        author=[f"author {number}" for number in range(COUNT)],
    )
    (folder / "007.jpg").write_bytes((folder / "007.jpg").read_bytes()[:700])
    (folder / "030.jpg").unlink()
    return folder


def line(photos: Path, out: Path, *more: str) -> list[str]:
    sizes = ("--size", "64", "--shard-rows", "25", "--held-out", "0.2", "--processes", "2")
    return [str(photos), "--out", str(out), "--annotator", "canny", *sizes, *more]


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def prepared(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("prepared") / "pairs"
    assert main(line(photos, out)) == 0
    return out


def rows(folder: Path, split: str = "*") -> list[dict]:
    files = sorted(folder.glob(f"data/{split}-*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_each_pair_is_a_picture_its_map_and_its_words(prepared: Path) -> None:
    found = rows(prepared)
    assert len(found) == COUNT - 2
    for row in found:
        picture = read_image(row["image"]["bytes"])
        settings = json.loads(row["map_settings"])
        redrawn = canny(np.asarray(picture), low=settings["low"], high=settings["high"])
        np.testing.assert_array_equal(read_image(row["conditioning_image"]["bytes"]), redrawn)
        assert picture.size == (64, 64)
        assert row["text"] == f"picture {int(row['key'][:3])}"
        assert row["author"] == f"author {int(row['key'][:3])}"
        assert row["license"] == ("cc0-1.0" if int(row["key"][:3]) < 20 else "mit")
    assert len({row["map_settings"] for row in found}) > 40


def test_the_files_say_to_the_hub_which_columns_are_pictures(prepared: Path) -> None:
    schema = pq.read_schema(next(prepared.glob("data/train-*.parquet")))
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert features["image"] == features["conditioning_image"] == {"_type": "Image"}
    assert set(features) == set(schema.names)


def test_damaged_and_missing_files_are_listed_and_nothing_ends(prepared: Path) -> None:
    listed = [json.loads(line) for line in (prepared / "damaged.jsonl").read_text().splitlines()]
    assert [each["key"] for each in listed] == ["007.jpg", "030.jpg"]
    assert "breaks off or is damaged" in listed[0]["why"]
    told = json.loads((prepared / "prepared.json").read_text())
    assert (told["samples"], told["damaged"]) == (COUNT, 2)
    assert told["licences"] == {"cc0-1.0": 19, "mit": 39}
    assert not (prepared / ".progress").exists()


def test_a_share_is_held_out_by_the_picture_alone(
    prepared: Path, photos: Path, tmp_path: Path
) -> None:
    held_out = {row["key"] for row in rows(prepared, "validation")}
    assert 3 < len(held_out) < 24
    assert main(line(photos, tmp_path / "few", "--limit", "30", "--seed", "5")) == 0
    again = {row["key"] for row in rows(tmp_path / "few", "validation")}
    assert again == {key for key in held_out if key < "030.jpg"}


def test_the_number_of_processes_changes_no_byte(
    prepared: Path, photos: Path, tmp_path: Path
) -> None:
    assert main([*line(photos, tmp_path / "alone"), "--processes", "1"]) == 0
    assert content(tmp_path / "alone") == content(prepared)


@pytest.mark.slow
def test_what_was_killed_at_any_moment_goes_on_to_the_same_bytes(
    prepared: Path, photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "training.prepare", *line(photos, out)]
    seen: list[int] = []

    def kept() -> int:
        """Bytes of all that is done: of journals and of what came of them."""
        return sum(path.stat().st_size for path in out.rglob("*") if path.is_file())

    kills = 0
    for more in (1, 20_000, 100_000, 1):
        before = kept() if out.exists() else 0
        process = subprocess.Popen(
            command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        while process.poll() is None and (not out.exists() or kept() < before + more):
            time.sleep(0.002)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
        seen.append(kept())
    assert kills >= 3, seen
    assert main(line(photos, out)) == 0
    assert content(out) == content(prepared)


def test_what_is_done_is_not_done_again(prepared: Path, photos: Path) -> None:
    times = {path: path.stat().st_mtime_ns for path in prepared.rglob("*.parquet")}
    assert main(line(photos, prepared)) == 0
    assert times == {path: path.stat().st_mtime_ns for path in prepared.rglob("*.parquet")}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--annotator", "palette"], "with these settings, got another one"),
        (["--size", "72"], "with these settings, got another one"),
        (["--out", "/proc/pairs"], "must be a folder that can be written"),
        (["--size", "100"], "--size must be a multiple of 8"),
        (["--held-out", "1.5"], "--held-out must be a share"),
        (["--min-aesthetic", "5"], "needs a source with a column aesthetic_score"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    prepared: Path, photos: Path, more: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(prepared)
    assert main([*line(photos, prepared), *more]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert content(prepared) == before


def test_pairs_are_not_laid_among_their_pictures(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line(photos, photos / "pairs")) == 2
    assert "--out must lie outside of SOURCE" in capsys.readouterr().err
    assert not (photos / "pairs").exists()


def stopped(arguments: list[str], out: Path, end: str) -> tuple[int, str]:
    """Exit status and what was said, when it is hit after the first pair."""
    command = [sys.executable, "-m", "training.prepare", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not any(out.glob(".progress/*.journal")):
        time.sleep(0.005)
    if end == "interrupt":
        process.send_signal(signal.SIGINT)
    else:
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(process.pid).children():
                if "spawn_main" in " ".join(child.cmdline()):
                    child.kill()
                    break
    _, said = process.communicate()
    return process.returncode, said


@pytest.mark.slow
@pytest.mark.parametrize("end", ["interrupt", "a process of its own"])
def test_who_stops_it_is_told_that_the_same_line_goes_on(
    prepared: Path, photos: Path, tmp_path: Path, end: str
) -> None:
    out, code, said = tmp_path / "stopped", 0, ""
    while code == 0:  # it had ended before it was hit
        shutil.rmtree(out, ignore_errors=True)
        code, said = stopped(line(photos, out), out, end)
    assert code == (130 if end == "interrupt" else 2)
    assert "the same line goes on" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert main(line(photos, out)) == 0
    assert content(out) == content(prepared)


@pytest.mark.parametrize("kind", ["parquet", "tar"])
def test_the_recipe_of_2023_takes_what_its_scores_allow(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = {
        "watermark_score": [0.1, 0.5, 0.1, 0.1, 0.1],
        "aesthetic_score_laion_v2": [6.5, 6.5, 5.0, 6.5, 6.5],
    }
    write: Callable[..., Path] = photo_parquet if kind == "parquet" else photo_tar
    source = write(tmp_path / f"coyo.{kind}", 5, **scores)
    asked = ["--preset", "coyo-2023", "--annotator", "palette", "--size", "64", "--processes", "1"]
    assert main([str(source), "--out", str(tmp_path / "pairs"), *asked]) == 0
    told = capsys.readouterr()
    assert "coyo-2023 without --min-similarity: the source has no such column" in told.err
    assert "3 pairs from 5 samples" in told.out
    left_out = json.loads((tmp_path / "pairs" / "prepared.json").read_text())["left_out"]
    assert left_out == {"aesthetic_score_laion_v2 below 6": 1, "watermark_score above 0.4": 1}


@pytest.mark.slow
def test_pictures_without_maps_are_prepared_checked_and_published_as_such(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pictures"
    assert main([*line(photos, out), "--annotator", "none", "--processes", "1"]) == 0
    assert set(rows(out)[0]) == {"image", "text", "key", "license", "author"}

    assert main(["--check", str(out), "--processes", "1"]) == 0
    said = capsys.readouterr().out
    assert "go: maps: There are none" in said
    assert "Every picture can be read" in said

    card = dataset_card(Report.read(out), repo_id="ada-l/photos", tag="sprint", license="mit")
    assert "58 pictures, each with a caption, to train a text-to-image model with" in card
    assert "controlnet" not in card
    assert not re.search(r"\bmaps? (is|are|came)|conditioning_image|map_settings", card)

    with pytest.raises(UnusableDataset, match="got none called conditioning_image"):
        open_pairs(out)
    with PairStream(open_pairs(out, pictures=PICTURES), batch_size=4, size=64, seed=0) as stream:
        batch = next(iter(stream))
    assert batch.images.shape == (4, 64, 64, 3)
    assert batch.conditioning is None


def test_maps_that_lie_beside_the_pictures_are_not_read_where_none_are_wanted(
    prepared: Path,
) -> None:
    assert {row.conditioning for row in open_pairs(prepared, pictures=PICTURES).read(0)} == {None}
    assert open_pairs(prepared, pictures=PICTURES).digest == open_pairs(prepared).digest
