"""What is kept on the disk comes back whole, or not at all; and the folder is the user's alone."""

import os
import stat
from pathlib import Path

import pytest

from inference import disk_cache
from inference.disk_cache import DiskCache, name_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "programs"


@pytest.fixture
def kept(folder: Path) -> DiskCache:
    cache = DiskCache(most_bytes=1000)
    assert cache.open(folder)
    return cache


def test_what_one_process_writes_another_reads(kept: DiskCache, folder: Path) -> None:
    kept.write("a", b"apple")
    other = DiskCache()
    assert other.open(folder)
    assert other.read("a") == b"apple"
    assert other.read("b") is None


def test_before_it_is_opened_nothing_is_kept(tmp_path: Path) -> None:
    cache = DiskCache()
    cache.write("a", b"apple")
    assert cache.read("a") is None
    assert not cache.is_open


@pytest.mark.parametrize("damaged", [b"", b"short", b"\0" * 32 + b"apple"])
def test_what_is_damaged_is_not_there(kept: DiskCache, folder: Path, damaged: bytes) -> None:
    (folder / "a").write_bytes(damaged)
    assert kept.read("a") is None


def test_a_half_of_an_entry_is_not_there(kept: DiskCache, folder: Path) -> None:
    kept.write("a", b"apple" * 20)
    whole = (folder / "a").read_bytes()
    (folder / "a").write_bytes(whole[: len(whole) // 2])
    assert kept.read("a") is None


def test_an_entry_that_was_damaged_is_written_again(kept: DiskCache, folder: Path) -> None:
    (folder / "a").write_bytes(b"torn")
    kept.write("a", b"apple")
    assert kept.read("a") == b"apple"


def test_the_folder_and_its_files_are_the_users_alone(kept: DiskCache, folder: Path) -> None:
    kept.write("a", b"apple")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o600


def test_a_folder_that_others_may_write_to_is_not_opened(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    cache = DiskCache()
    assert not cache.open(folder)
    cache.write("a", b"apple")
    assert list(folder.iterdir()) == []


def test_a_folder_of_somebody_else_is_not_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    assert not DiskCache().open(folder)


def test_a_place_where_no_folder_can_be_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert not DiskCache().open(tmp_path / "file" / "cache")


def test_what_was_used_least_recently_goes_when_room_is_needed(
    kept: DiskCache, folder: Path
) -> None:
    for age, name in enumerate(("new", "used", "old")):
        kept.write(name, b"x" * 300)
        os.utime(folder / name, (1e9 - age, 1e9 - age))
    assert kept.read("used") is not None
    kept.write("last", b"x" * 300)
    assert {path.name for path in folder.iterdir()} == {"used", "new", "last"}


def test_a_name_tells_what_an_entry_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert name_of("shapes", 1) == name_of("shapes", 1)
    assert name_of("shapes", 1) != name_of("shapes", 2)
    before = name_of("shapes", 1)
    monkeypatch.setattr(disk_cache, "_software", lambda: "another source")
    assert name_of("shapes", 1) != before
