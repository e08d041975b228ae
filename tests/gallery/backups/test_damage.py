"""Backups that are damaged, forged, too new, or fail half-way: nothing is touched."""

import hashlib
import json
import shutil
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gallery.backups import rows
from gallery.backups.archive import open_archive
from gallery.backups.backup import back_up
from gallery.backups.restore import restore
from gallery.database.connection import Database
from gallery.database.tables import Account
from gallery.errors import Invalid
from tests.gallery.backups.filling import START, fill

Damage = Callable[[Path], None]


@pytest.fixture
def whole(sqlite_template: Path, tmp_path: Path) -> Path:
    """A backup of a small gallery."""
    path = shutil.copyfile(sqlite_template, tmp_path / "source.db")
    with closing(Database(f"sqlite:///{path}")) as database:
        fill(database, tmp_path / "pictures", seed=7, rows=2)
        back_up(database, tmp_path / "pictures", tmp_path / "whole.zip", now=START)
    return tmp_path / "whole.zip"


Parts = dict[str, bytes]


def _parts(path: Path) -> Parts:
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def _rewrite(
    path: Path, change: Callable[[Parts], object], *, kind: int = zipfile.ZIP_DEFLATED
) -> None:
    parts = _parts(path)
    change(parts)
    with zipfile.ZipFile(path, "w", kind) as written:
        for name, data in parts.items():
            written.writestr(name, data)


def _bytes(change: Callable[[bytearray], object]) -> Damage:
    def damage(path: Path) -> None:
        data = bytearray(path.read_bytes())
        change(data)
        path.write_bytes(data)

    return damage


def _zipped(change: Callable[[Parts], object]) -> Damage:
    return lambda path: _rewrite(path, change)


def _manifest(**changes: object) -> Damage:
    def change(parts: Parts) -> None:
        told = json.loads(parts["manifest.json"])
        parts["manifest.json"] = json.dumps(told | changes).encode()

    return _zipped(change)


def _renamed_picture(to: str) -> Damage:
    def change(parts: Parts) -> None:
        told = json.loads(parts["manifest.json"])
        told["pictures"][to] = told["pictures"].pop(next(iter(told["pictures"])))
        parts["manifest.json"] = json.dumps(told).encode()

    return _zipped(change)


def _rows(table: str, change: Callable[[bytes], bytes], *, count: int | None = None) -> Damage:
    """Other rows, with a manifest to match: what somebody writes who means it."""

    def damage(parts: Parts) -> None:
        name = f"tables/{table}.jsonl"
        parts[name] = change(parts[name])
        told = json.loads(parts["manifest.json"])
        told["tables"][table] = hashlib.sha256(parts[name]).hexdigest()
        told["rows"][table] = parts[name].count(b"\n") if count is None else count
        parts["manifest.json"] = json.dumps(told).encode()

    return _zipped(damage)


def _bomb(name: str, size: int) -> Damage:
    """A part that unpacks to `size` zeros."""

    def damage(path: Path) -> None:
        parts = _parts(path)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
            for other, data in parts.items():
                if other != name:
                    written.writestr(other, data)
            with written.open(name, "w") as part:
                for _ in range(size // 2**20):
                    part.write(bytes(2**20))

    return damage


def _encrypted(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        place = data.find(mark)
        while place >= 0:
            data[place + at] |= 1
            place = data.find(mark, place + 4)
    path.write_bytes(data)


def _of_kind(kind: int) -> Damage:
    """Every entry says that it is packed in another way."""

    def damage(path: Path) -> None:
        data = bytearray(path.read_bytes())
        for mark, at in ((b"PK\1\2", 10), (b"PK\3\4", 8)):
            place = data.find(mark)
            while place >= 0:
                data[place + at] = kind
                place = data.find(mark, place + 4)
        path.write_bytes(data)

    return damage


def _picture_bomb(path: Path) -> None:
    name = next(name for name in _parts(path) if name.startswith("pictures/"))
    _bomb(name, 40 * 2**20)(path)


def _lost_pictures(parts: Parts) -> None:
    for name in [name for name in parts if name.startswith("pictures/")]:
        del parts[name]


DAMAGES: dict[str, Damage] = {
    "cut at the end": _bytes(lambda data: data.__delitem__(slice(-100, None))),
    "cut in the middle": _bytes(lambda data: data.__delitem__(slice(len(data) // 2, None))),
    "cut at the beginning": _bytes(lambda data: data.__delitem__(slice(0, 100))),
    "one bit turned": _bytes(lambda data: data.__setitem__(200, data[200] ^ 1)),
    "zeros in the middle": _bytes(lambda data: data.__setitem__(slice(300, 400), bytes(100))),
    "no bytes": _bytes(lambda data: data.clear()),
    "a text": lambda path: path.write_text("not a backup") and None,
    "an empty zip": lambda path: zipfile.ZipFile(path, "w").close(),
    "no manifest": _zipped(lambda parts: parts.pop("manifest.json")),
    "a manifest of no JSON": _zipped(lambda parts: parts.update({"manifest.json": b"{"})),
    "a manifest of a list": _zipped(lambda parts: parts.update({"manifest.json": b"[]"})),
    "a manifest of odd bytes": _zipped(lambda parts: parts.update({"manifest.json": b"\xff\xfe"})),
    "a deep manifest": _zipped(lambda parts: parts.update({"manifest.json": b"[" * 100_000})),
    "another format": _manifest(format=2),
    "a time without its zone": _manifest(made_at="2026-06-15T12:00:00"),
    "a table outside of its folder": _manifest(tables={"../log": "0" * 64}),
    "a number that is no sum": _manifest(tables={"log": "12"}),
    "fewer than no rows": _manifest(rows={"log": -1}),
    "rows of no table": _manifest(rows={}),
    "a picture that reaches out": _renamed_picture("../../etc/passwd"),
    "a picture with an absolute path": _renamed_picture("/etc/passwd"),
    "an altered table": _zipped(
        lambda parts: parts.update(
            {"tables/log.jsonl": parts["tables/log.jsonl"].replace(b"1", b"2")}
        )
    ),
    "a lost table": _zipped(lambda parts: parts.pop("tables/log.jsonl")),
    "lost pictures": _zipped(_lost_pictures),
    "another count of rows": _rows("log", lambda lines: lines, count=7),
    "encrypted parts": _encrypted,
    "parts packed in a way that nobody knows": _of_kind(99),
    "parts that say LZMA": _of_kind(zipfile.ZIP_LZMA),
    "parts that say BZIP2": _of_kind(zipfile.ZIP_BZIP2),
    "a manifest that unpacks without end": _bomb("manifest.json", 200 * 2**20),
    "a picture that unpacks without end": _picture_bomb,
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_backup_is_refused_before_anything_is_touched(name: str, whole: Path) -> None:
    DAMAGES[name](whole)
    tracemalloc.start()
    try:
        with (
            pytest.raises(Invalid, match="must be a whole backup of a gallery"),
            open_archive(whole),
        ):
            pass
        assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
    finally:
        tracemalloc.stop()


MISFITS: dict[str, Damage] = {
    "rows that are lists": _rows("accounts", lambda lines: b"[1]\n"),
    "rows that are no JSON": _rows("accounts", lambda lines: b"{\n"),
    "rows that are deep": _rows("accounts", lambda lines: b"[" * 100_000 + b"\n"),
    "a row that is endless": _rows("accounts", lambda lines: b" " * (20 * 2**20) + b"\n"),
    "a column that is not there": _rows("accounts", lambda lines: b'{"id": 1, "shoe": 2}\n'),
    "a column that has to be there": _rows("accounts", lambda lines: b'{"id": 1}\n'),
    "a list for a text": _rows(
        "accounts", lambda lines: lines.replace(b'"name": "', b'"name": ["x"], "name_": "')
    ),
    "a number beyond all": _rows(
        "accounts", lambda lines: lines.replace(b'"id": 1', b'"id": 1' + b"0" * 30)
    ),
    "a time that is none": _rows(
        "accounts", lambda lines: lines.replace(b'"created_at": "2026', b'"created_at": "soon')
    ),
    "a lone surrogate": _rows(
        "accounts", lambda lines: lines.replace(b'"name": "', b'"name": "\\ud800')
    ),
    "the same row twice": _rows("accounts", lambda lines: lines + lines),
    "rows that point nowhere": _rows("accounts", lambda lines: b""),
    "the revision of no gallery": _manifest(revision="head"),
    "no revision": _manifest(revision="base"),
    "part of a revision": _manifest(revision="000"),
    "a revision with a step": _manifest(revision="+1"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MISFITS)
def test_rows_that_are_no_gallerys_are_refused_and_nothing_is_changed(
    name: str, whole: Path, database: Database
) -> None:
    with database.write() as session:
        session.add(Account(name="ada-l", display_name="ada-l", created_at=START))
    MISFITS[name](whole)
    elsewhere = whole.parent / "elsewhere"
    with open_archive(whole) as archive, pytest.raises(Invalid, match=r"take another|older"):
        restore(database, elsewhere, archive, replace=True)
    with database.read() as session:
        assert session.scalars(select(Account.name)).all() == ["ada-l"]
    assert not list(elsewhere.rglob("*.webp"))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.floats(0, 1), noise=st.binary(max_size=40), cut=st.integers(0, 60))
def test_a_backup_of_noise_is_whole_or_refused(
    at: float, noise: bytes, cut: int, whole: Path
) -> None:
    data = whole.read_bytes()
    place = int(at * len(data))
    damaged = whole.with_name("noise.zip")
    damaged.write_bytes(data[:place] + noise + data[place + cut :])
    try:
        with open_archive(damaged) as archive:
            assert archive.manifest.made_at == START
    except Invalid as error:
        assert "must be a whole backup of a gallery" in str(error)  # noqa: PT017


@pytest.mark.slow
def test_pictures_that_cannot_be_shown_are_left_out_and_told(
    whole: Path, database: Database
) -> None:
    """They were spoilt when the backup was made, which is no reason to lose the rest of it."""

    def spoil(parts: Parts) -> None:
        told = json.loads(parts["manifest.json"])
        (first, _, second, _) = sorted(told["pictures"])
        for name, data in ((first, b"RIFF\0\0\0\0WEBPVP8 "), (second, b"<svg onload='x'/>")):
            parts[f"pictures/{name}"] = data
            told["pictures"][name] = hashlib.sha256(data).hexdigest()
        parts["manifest.json"] = json.dumps(told).encode()

    _rewrite(whole, spoil)
    elsewhere = whole.parent / "elsewhere"
    with open_archive(whole) as archive:
        left_out = restore(database, elsewhere, archive)
        names = set(archive.manifest.pictures)
    assert len(left_out) == 2
    kept = {path.relative_to(elsewhere).as_posix() for path in elsewhere.rglob("*.webp")}
    assert kept == names - set(left_out)


def test_a_backup_of_a_newer_gallery_is_refused(whole: Path, database: Database) -> None:
    def change(parts: dict[str, bytes]) -> None:
        parts["manifest.json"] = parts["manifest.json"].replace(b'"revision": "', b'"revision": "9')

    _rewrite(whole, change)
    with open_archive(whole) as archive, pytest.raises(Invalid, match="a newer gallery made"):
        restore(database, whole.parent / "elsewhere", archive)


@pytest.mark.slow
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
