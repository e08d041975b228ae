"""A newer template comes in, a team's edits stay, and an interruption leaves no trace."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from spaces.commands import journal, update
from spaces.commands.project import RECORD, open_project, read_files
from spaces.commands.rendering import TEMPLATES
from spaces.errors import CannotDo
from tests.spaces.commands.conftest import Make, Spaces

ROOT = Path(__file__).parents[3]


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A newer template: another line in app.py, a new file, and one that is gone."""
    folder = tmp_path / "newer"
    shutil.copytree(TEMPLATES, folder)
    app = folder / "every" / "app.py.jinja"
    app.write_text(app.read_text().replace("with demo:", "# newer\nwith demo:"))
    (folder / "every" / "notes.md.jinja").write_text("New.\n")
    (folder / "every" / ".gitignore.jinja").unlink()
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return read_files(folder)


def test_nothing_new_is_nothing_to_do(project: Make, spaces: Spaces) -> None:
    made = project()
    before = files(made.folder)
    assert spaces("update", made.folder)[:2] == (0, "Nothing to update.\n")
    assert files(made.folder) == before


def test_edits_are_kept_beside_what_is_newer_and_again_is_nothing(
    project: Make, templates: Path
) -> None:
    made = project()
    app = made.folder / "app.py"
    app.write_text(app.read_text().replace('title="Clay"', 'title="Clay and glaze"'))
    (made.folder / "own.py").write_text("mine = 1\n")
    steps = update.plan(made, templates=templates)
    update.apply(made, steps)
    merged = app.read_text()
    assert 'title="Clay and glaze"' in merged
    assert "# newer" in merged
    assert (made.folder / "notes.md").read_text() == "New.\n"
    assert not (made.folder / ".gitignore").exists()
    assert (made.folder / "own.py").read_text() == "mine = 1\n"
    assert update.plan(open_project(made.folder), templates=templates) == []


def test_a_conflict_shows_both_sides_and_is_told(project: Make, templates: Path) -> None:
    made = project()
    app = made.folder / "app.py"
    app.write_text(app.read_text().replace("with demo:", "# ours\nwith demo:"))
    steps = update.plan(made, templates=templates)
    update.apply(made, steps)
    assert "<<<<<<< yours\n# ours\n=======\n# newer\n>>>>>>> template\n" in app.read_text()
    assert [step.path for step in steps if step.is_conflict] == ["app.py"]
    assert update.plan(open_project(made.folder), templates=templates) == []


def test_another_answer_changes_the_files_that_say_it(project: Make, spaces: Spaces) -> None:
    folder = project().folder
    told = spaces(
        "update",
        folder,
        "--way",
        "static",
        "--address",
        "https://host.example/clay",
        "--title",
        "C",
    )
    assert told[0] == 0
    assert "index.html: new" in told[1]
    assert "sdk: static" in (folder / "README.md").read_text()
    assert open_project(folder).answers.title == "C"


def test_answers_that_do_not_fit_change_nothing(project: Make, spaces: Spaces) -> None:
    folder = project().folder
    before = files(folder)
    code, _, error = spaces("update", folder, "--way", "static")
    assert code == 2
    assert error.startswith("error: --address must be")
    assert files(folder) == before


@pytest.mark.parametrize("kind", ["link", "folder", "binary", "deleted", "same name"])
def test_what_cannot_be_merged_is_left_and_told(
    project: Make, templates: Path, tmp_path: Path, kind: str
) -> None:
    made = project()
    app, outside = made.folder / "app.py", tmp_path / "outside.py"
    outside.write_text("not to be touched\n")
    if kind == "same name":
        (made.folder / "notes.md").write_text("ours\n")
    else:
        app.unlink()
    if kind == "link":
        app.symlink_to(outside)
    elif kind == "folder":
        app.mkdir()
    elif kind == "binary":
        app.write_bytes(b"\0\xff")
    steps = update.plan(made, templates=templates)
    update.apply(made, steps)
    told = {step.path: step for step in steps}
    assert outside.read_text() == "not to be touched\n"
    match kind:
        case "binary":
            assert app.read_bytes() == b"\0\xff"
            assert told["app.py"].is_conflict
            assert b"# newer" in (made.folder / "app.py.from-template").read_bytes()
        case "same name":
            assert (made.folder / "notes.md").read_text() == "ours\n"
            assert (made.folder / "notes.md.from-template").read_text() == "New.\n"
        case "deleted":
            assert not app.exists()
            assert "you deleted it" in told["app.py"].words
        case _:
            assert "left as it is" in told["app.py"].words


def stopping_at(end: int, put: Callable[[Path, bytes | None], None]) -> Callable[..., None]:
    """As `put`, until somebody presses Ctrl-C at its call of that number."""
    calls = count()

    def stopping(target: Path, content: bytes | None) -> None:
        if next(calls) == end:
            raise KeyboardInterrupt
        put(target, content)

    return stopping


def test_an_error_in_the_middle_leaves_everything_as_it_was(
    project: Make, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = project()
    before = files(made.folder)
    steps = update.plan(made, templates=templates)
    writes = sum(len(step.contents) for step in steps)
    put = journal._put

    for end in range(writes):
        monkeypatch.setattr(journal, "_put", stopping_at(end, put))
        with pytest.raises(KeyboardInterrupt):
            update.apply(made, steps)
        assert files(made.folder) == before
    monkeypatch.undo()
    update.apply(made, steps)
    assert files(made.folder) != before


KILLED = """
import os, signal, sys
from pathlib import Path
from spaces.commands import journal, update
from spaces.commands.project import open_project
put, count = journal._put, 0
def killed(target, content):
    global count
    put(target, content)
    count += 1
    if count == 2:
        os.kill(os.getpid(), signal.SIGKILL)
journal._put = killed
made = open_project(Path(sys.argv[1]))
update.apply(made, update.plan(made, templates=Path(sys.argv[2])))
"""


@pytest.mark.slow
def test_a_killed_update_is_undone_by_the_next_command(
    project: Make, templates: Path, spaces: Spaces
) -> None:
    made = project()
    before = files(made.folder)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(made.folder), str(templates)], cwd=ROOT, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert (made.folder / RECORD / "undo").is_dir()
    (made.folder / "own.py").write_text("written since\n")
    _, out, _ = spaces("update", made.folder)
    assert "was interrupted" in out
    assert files(made.folder) == {**before, "own.py": b"written since\n"}


def test_two_updates_at_once_are_one_after_the_other(project: Make, templates: Path) -> None:
    made = project()
    with journal._alone(made.folder), pytest.raises(CannotDo, match="one update at a time"):
        update.apply(made, update.plan(made, templates=templates))


@pytest.mark.parametrize("content", [b"", b"{", b'{"answers": {}}', b"\xff", b"[]", None])
def test_a_damaged_record_is_a_sentence(
    project: Make, spaces: Spaces, content: bytes | None
) -> None:
    folder = project().folder
    record = folder / RECORD / "answers.json"
    record.unlink() if content is None else record.write_bytes(content)
    code, _, error = spaces("update", folder)
    assert code == 2
    assert error.count("\n") == 1
    assert str(folder) in error


def test_a_template_edited_by_hand_is_the_teams_own(project: Make, templates: Path) -> None:
    made = project()
    shutil.rmtree(made.folder / RECORD / "base")
    (made.folder / RECORD / "base").mkdir()
    app = made.folder / "app.py"
    before = app.read_bytes()
    steps = update.plan(open_project(made.folder), templates=templates)
    update.apply(made, steps)
    assert app.read_bytes() == before
    assert b"# newer" in (made.folder / "app.py.from-template").read_bytes()
