"""Files by their names: who loses what when there is no room."""

from pathlib import Path

import pytest

from spaces.door.shelf import EACH, Shelf


@pytest.fixture
def shelf() -> Shelf:
    """Room for ten files of 1,000 bytes, for an hour."""
    return Shelf(max_bytes=10 * (EACH + 1000), max_seconds=3600)


def written(folder: Path, name: str, size: int = 1000) -> Path:
    path = folder / name / "a.png"
    path.parent.mkdir()
    path.write_bytes(b"x" * size)
    return path


def test_a_name_cannot_be_guessed_and_ends_as_the_file_does(shelf: Shelf, tmp_path: Path) -> None:
    one, two = written(tmp_path, "one"), written(tmp_path, "two")
    names = [shelf.put(path, owner="ada", now=0) for path in (one, two)]
    assert len(set(names)) == 2
    for name, path in zip(names, (one, two), strict=True):
        secret, end = name.split("/")
        assert end == "a.png"
        assert len(secret) == 32
        assert shelf.find(name) == path
    for other in ("", "/", "a.png", f"{names[0]}/", names[0].upper(), str(one)):
        assert shelf.find(other) is None


def test_whoever_floods_it_loses_files_of_their_own(shelf: Shelf, tmp_path: Path) -> None:
    precious = shelf.put(written(tmp_path, "precious"), owner="ada", now=0)
    flood = [written(tmp_path, f"flood-{number}") for number in range(50)]
    names = [shelf.put(path, owner="eve", now=number) for number, path in enumerate(flood)]
    assert shelf.find(precious) is not None
    assert shelf.weight <= 10 * (EACH + 1000)
    assert [path.exists() for path in flood] == [False] * 41 + [True] * 9
    assert shelf.find(names[-1]) is not None
    assert not flood[0].parent.exists()


def test_many_empty_files_count_as_well(shelf: Shelf, tmp_path: Path) -> None:
    for number in range(50):
        shelf.put(written(tmp_path, str(number), 0), owner="eve", now=number)
    assert len(shelf) == 10


def test_one_file_that_is_larger_than_all_the_room_is_kept_alone(
    shelf: Shelf, tmp_path: Path
) -> None:
    small = shelf.put(written(tmp_path, "small"), owner="ada", now=0)
    large = shelf.put(written(tmp_path, "large", 2_000_000), owner="eve", now=1)
    assert shelf.find(large) is not None
    assert shelf.find(small) is None


def test_old_files_go_and_what_is_put_again_gets_time(shelf: Shelf, tmp_path: Path) -> None:
    old, again = written(tmp_path, "old"), written(tmp_path, "again")
    first, second = (shelf.put(path, owner="ada", now=0) for path in (old, again))
    assert shelf.put(again, owner="ada", now=3000) == second
    shelf.put(written(tmp_path, "new"), owner="ada", now=4000)
    assert shelf.find(first) is None
    assert not old.exists()
    assert shelf.find(second) == again


def test_only_plain_files_are_found(shelf: Shelf, tmp_path: Path) -> None:
    path = written(tmp_path, "one")
    name = shelf.put(path, owner="ada", now=0)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    path.unlink()
    assert shelf.find(name) is None
    path.symlink_to(secret)
    assert shelf.find(name) is None
    path.unlink()
    path.mkdir()
    assert shelf.find(name) is None
