"""Answers on disk: found again after a restart, and nothing else than what was put there."""

import json
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gallery.judging.background import shelf as shelves
from gallery.judging.background.reckoner import Reckoner, State
from gallery.judging.background.shelf import Shelf
from gallery.judging.background.task import Task
from tests.gallery.judging.background.test_reckoner import COUNTING, until


def task(name: str = "one") -> Task:
    return Task("influence", "summer", name, 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "reckoned"


def on(folder: Path) -> list[Task]:
    return [one.task for one in Shelf(folder, most=3).all()]


def test_what_was_reckoned_is_there_after_a_restart_and_not_reckoned_again(
    folder: Path, tmp_path: Path
) -> None:
    wish = json.dumps({"parts": 2, "log": str(tmp_path / "log")})
    one = Task("plan", "summer", wish, 3)
    command = (sys.executable, "-c", COUNTING)
    with closing(Reckoner(command=command, folder=folder)) as before:
        before.ask(one)
        done = until(before, one, lambda job: job.state is State.DONE)
    with closing(Reckoner(command=command, folder=folder)) as after:
        assert after.look(one) == done
        assert after.newest("plan", "summer") == done
        assert after.ask(one) == done
    assert len((tmp_path / "log").read_text().split()) == 1


def test_an_answer_is_its_owners_alone_and_the_oldest_goes(folder: Path) -> None:
    for name in ("a", "b", "c", "d"):
        Shelf(folder, most=3).keep(task(name), ({"rank": 1}, [2.5]), 4.0)
    assert on(folder) == [task("b"), task("c"), task("d")]
    modes = {stat.S_IMODE(one.stat().st_mode) for one in (folder, *folder.iterdir())}
    assert modes == {0o700, 0o600}
    assert next(Shelf(folder, most=3).all()).parts == ({"rank": 1}, [2.5])


def test_what_other_arithmetic_made_is_left_aside(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Shelf(folder, most=3).keep(task(), (1, 2), 4.0)
    monkeypatch.setattr(shelves, "METHOD", shelves.METHOD + 1)
    assert on(folder) == []


@pytest.mark.parametrize("damage", ["cut", "emptied", "renamed", "not whole"])
def test_what_cannot_be_trusted_is_left_aside(folder: Path, damage: str) -> None:
    shelf = Shelf(folder, most=3)
    shelf.keep(task("good"), (1, 2), 4.0)
    shelf.keep(task(), (1, 2) if damage != "not whole" else (1,), 4.0)
    file = next(one for one in folder.iterdir() if '"one"' in one.read_text())
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-9])
    if damage == "emptied":
        file.write_bytes(b"")
    if damage == "renamed":
        file.rename(file.with_stem("0" * 64))
    assert on(folder) == [task("good")]


def test_a_folder_that_cannot_be_written_costs_the_answer_after_a_restart_alone(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("a file is in the way")
    Shelf(folder, most=3).keep(task(), (1, 2), 4.0)
    assert "cannot be kept" in caplog.text
    assert on(folder) == []
