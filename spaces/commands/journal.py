"""Undo journal: several files of a project changed together, or none of them.

Before anything is changed, the old contents lie in `.template/undo`; it goes when all is done. Who
opens a project in which it still lies finds an update that was interrupted, and undoes it. What
somebody edited since is left as it is.
"""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from spaces.commands.project import RECORD, write_files
from spaces.door.folder import locked_folder
from spaces.errors import CannotDo

UNDO, DRAFT, INDEX, OLD = "undo", "undo-draft", "index.json", "old"
Contents = Mapping[str, bytes | None]
"""By path; None where there is no file."""


def change(folder: Path, contents: Contents) -> None:
    """Writes and deletes files in a project, all or none, whatever comes between.

    Raises CannotDo where another one is at work.
    """
    with _alone(folder):
        _keep(folder, contents)
        try:
            for path, content in contents.items():
                _put(folder / path, content)
        except BaseException:
            _undo(folder)
            raise
        _forget(folder)


def recover(folder: Path) -> bool:
    """Undoes a change that was interrupted; whether there was one."""
    if not (folder / RECORD / UNDO).is_dir():
        return False
    with _alone(folder):
        if not (folder / RECORD / UNDO).is_dir():
            return False
        _undo(folder)
    return True


def _keep(folder: Path, contents: Contents) -> None:
    record = folder / RECORD
    shutil.rmtree(record / DRAFT, ignore_errors=True)
    index = {}
    for path, content in contents.items():
        target = folder / path
        old = target.read_bytes() if target.is_file() else None
        index[path] = {"old": _digest(old), "new": _digest(content)}
        if old is not None:
            write_files(record / DRAFT / OLD, {path: old})
    write_files(record / DRAFT, {INDEX: json.dumps(index).encode()})
    (record / DRAFT).rename(record / UNDO)


def _undo(folder: Path) -> None:
    undo = folder / RECORD / UNDO
    for path, digests in json.loads((undo / INDEX).read_bytes()).items():
        target, old = folder / path, undo / OLD / path
        now = _digest(target.read_bytes() if target.is_file() else None)
        if now == digests["new"]:
            _put(target, old.read_bytes() if digests["old"] is not None else None)
    _forget(folder)


def _forget(folder: Path) -> None:
    """In one step, so that what is left of it is no journal."""
    undo, draft = folder / RECORD / UNDO, folder / RECORD / DRAFT
    undo.rename(draft)
    shutil.rmtree(draft, ignore_errors=True)


def _put(target: Path, content: bytes | None) -> None:
    """At once: nobody ever reads half a file."""
    if content is None:
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.new")
    beside.write_bytes(content)
    if target.exists():
        shutil.copymode(target, beside)
    beside.replace(target)


def _digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with locked_folder(folder / RECORD) as is_ours:
        if not is_ours:
            raise CannotDo(
                f"{folder} must be changed by one update at a time, got another at work; "
                "wait until it is done"
            )
        yield
