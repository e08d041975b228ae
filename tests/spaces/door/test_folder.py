"""The files of a process go with it, however it ends."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spaces.door.folder import own_folder

UPLOAD = """
import sys
from pathlib import Path
from spaces.door.folder import own_folder

folder = own_folder(Path(sys.argv[1])) / "door"
folder.mkdir()
(folder / "picture.png").write_bytes(b"x")
print(folder, flush=True)
sys.stdin.read()
"""


class Other:
    """Another process that keeps a file below `root`."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", UPLOAD, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.folder = Path(self._process.stdout.readline().strip())

    def end(self) -> None:
        self._process.communicate()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Other]:
    other = Other(tmp_path)
    yield other
    other.kill()


def test_what_a_killed_process_left_is_swept_at_the_next_start(
    tmp_path: Path, other: Other
) -> None:
    killed = Other(tmp_path)
    killed.kill()
    assert (killed.folder / "picture.png").exists()
    own_folder(tmp_path)
    assert not killed.folder.parent.exists()
    assert (other.folder / "picture.png").exists(), "that one lives"


def test_one_that_ends_takes_its_files_along(tmp_path: Path, other: Other) -> None:
    other.end()
    assert list(tmp_path.iterdir()) == []


def test_nothing_else_is_swept(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept.txt").write_text("kept")
    root = tmp_path / "root"
    root.mkdir()
    (root / "process-link").symlink_to(elsewhere)
    (root / "other").mkdir()
    own = own_folder(root)
    assert own.stat().st_mode & 0o077 == 0
    assert own_folder(root) == own
    assert (elsewhere / "kept.txt").exists()
    assert {path.name for path in root.iterdir()} == {"process-link", "other", own.name}
