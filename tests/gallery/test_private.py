"""Nobody else on the machine reads the database, the secret key, the pictures or the backups."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gallery.cli import open_gallery
from gallery.database.connection import Database
from gallery.gallery import Gallery
from gallery.private import private_folder
from gallery.settings import Settings


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """Whatever the shell's mask lets through."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir())}


def opened(data_dir: Path, journal: str = "wal") -> Gallery:
    gallery = open_gallery(
        Settings.model_validate({"data_dir": data_dir, "sqlite_journal": journal})
    )
    assert gallery.key
    return gallery


def test_a_new_gallery_is_its_owners_alone(tmp_path: Path) -> None:
    gallery = opened(tmp_path / "data")
    with closing(gallery.database), gallery.database.write():
        found = modes(tmp_path / "data")
    assert found.pop("data") == "0o700"
    assert {"gallery.db", "gallery.db-wal", "gallery.db-shm", "secret.key"} <= found.keys()
    assert set(found.values()) == {"0o600"}


def test_an_older_gallery_is_taken_back_from_others(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(0o755)
    with closing(sqlite3.connect(folder / "gallery.db")) as made:
        made.execute("CREATE TABLE t (a)")
    (folder / "secret.key").write_text("a secret of long ago")
    assert modes(folder)["gallery.db"] != "0o600"
    with closing(opened(folder, "delete").database):
        found = modes(folder)
    assert found.pop("data") == "0o700"
    assert set(found.values()) == {"0o600"}


def test_a_folder_that_is_everybodys_stays_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybodys, above = tmp_path / "tmp", tmp_path / "work"
    (above / "here").mkdir(parents=True)
    everybodys.mkdir()
    everybodys.chmod(0o1777)
    monkeypatch.chdir(above / "here")
    for folder in (everybodys, above):
        before = folder.stat().st_mode
        private_folder(folder)
        assert folder.stat().st_mode == before


def test_a_database_elsewhere_is_private_too(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'elsewhere' / 'a.db'}")) as database:
        database.migrate()
    assert modes(tmp_path / "elsewhere") == {"elsewhere": "0o700", "a.db": "0o600"}
