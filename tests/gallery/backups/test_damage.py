"""Backups that are damaged, forged, too new, or fail half-way: nothing is touched."""

import shutil
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from gallery.backups import rows
from gallery.backups.archive import Manifest, open_archive
from gallery.backups.backup import back_up
from gallery.backups.restore import restore
from gallery.database.connection import Database
from gallery.database.tables import Account
from gallery.errors import Invalid
from tests.gallery.backups.filling import START, fill


@pytest.fixture
def whole(sqlite_template: Path, tmp_path: Path) -> Path:
    """A backup of a small gallery."""
    path = shutil.copyfile(sqlite_template, tmp_path / "source.db")
    with closing(Database(f"sqlite:///{path}")) as database:
        fill(database, tmp_path / "pictures", seed=7, rows=2)
        back_up(database, tmp_path / "pictures", tmp_path / "whole.zip", now=START)
    return tmp_path / "whole.zip"


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)


def _rewrite(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(path) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w") as written:
        for name, data in parts.items():
            written.writestr(name, data)


def _alter(path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        parts["tables/log.jsonl"] = parts["tables/log.jsonl"].replace(b"1", b"2")

    _rewrite(path, change)


def _lose(path: Path) -> None:
    _rewrite(
        path, lambda parts: [parts.pop(name) for name in list(parts) if "pictures/" in name][:0]
    )


def _reach_out(path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        manifest = Manifest.model_validate_json(parts["manifest.json"])
        name = next(iter(manifest.pictures)).encode()
        parts["manifest.json"] = parts["manifest.json"].replace(name, b"../../etc/passwd")

    _rewrite(path, change)


def _replace(path: Path) -> None:
    path.write_text("not a backup")


@pytest.mark.parametrize("damage", [_cut, _flip, _alter, _lose, _reach_out, _replace])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    damage: Callable[[Path], None], whole: Path
) -> None:
    damage(whole)
    with (
        pytest.raises(Invalid, match="must be a whole backup of a gallery"),
        open_archive(whole),
    ):
        pass


def test_a_backup_of_a_newer_gallery_is_refused(whole: Path, database: Database) -> None:
    def change(parts: dict[str, bytes]) -> None:
        parts["manifest.json"] = parts["manifest.json"].replace(b'"revision": "', b'"revision": "9')

    _rewrite(whole, change)
    with open_archive(whole) as archive, pytest.raises(Invalid, match="a newer gallery made"):
        restore(database, whole.parent / "elsewhere", archive)


def test_a_restore_that_fails_leaves_everything_as_it_was(
    database: Database, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        session.add(Account(name="ada-l", display_name="ada-l", created_at=START))

    def fail(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr(rows, "continue_numbers", fail)
    with open_archive(whole) as archive, pytest.raises(ArithmeticError):
        restore(database, whole.parent / "elsewhere", archive, replace=True)
    with database.read() as session:
        assert session.scalars(select(Account.name)).all() == ["ada-l"]
    assert not list((whole.parent / "elsewhere").rglob("*.webp"))
