"""File store: files by their names, bounded in bytes, number and age."""

import contextlib
import secrets
import stat
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

NAME_BYTES = 24
"""Of chance in a name: to know one is to have been told."""
EACH = 64 * 1024
"""Bytes that a file counts for beside its own: so the number of files is bounded, too."""


@dataclass(frozen=True)
class Kept:
    """A file on a shelf. `at` is when it was put there, in seconds of the caller's clock."""

    path: Path
    weight: int
    owner: str
    at: float


class Shelf:
    """The newest files; what does not fit any more is deleted from the disk.

    Room is made by whoever takes most of it: somebody who floods the shelf loses files of their
    own. Safe to use from several threads.
    """

    def __init__(self, *, max_bytes: int, max_seconds: float) -> None:
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._names: dict[Path, str] = {}
        self._taken: dict[str, int] = {}
        self._lock = Lock()

    def put(self, path: Path, *, owner: str, now: float) -> str:
        """The name of a file that is there; one that is put again keeps its name and gets time.

        Raises OSError when there is no such file.
        """
        weight = path.lstat().st_size + EACH
        with self._lock:
            name = self._names.get(path)
            if name is None:
                name = new_name(path)
            else:
                self._forget(name)
            self._kept[name] = Kept(path, weight, owner, now)
            self._names[path] = name
            self._taken[owner] = self._taken.get(owner, 0) + weight
            self._make_room(now, newest=name)
            return name

    def find(self, name: str) -> Path | None:
        """The file of that name, if it is still here and is a plain file."""
        kept = self._kept.get(name)
        return kept.path if kept is not None and is_plain(kept.path) else None

    def name_of(self, path: Path) -> str | None:
        """The name that a file has here."""
        return self._names.get(path)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def weight(self) -> int:
        """All that is kept, in bytes."""
        return sum(self._taken.values())

    def _make_room(self, now: float, *, newest: str) -> None:
        while (name := next(iter(self._kept))) != newest:
            if now - self._kept[name].at <= self._max_seconds:
                break
            self._delete(name)
        while len(self._kept) > 1 and self.weight > self._max_bytes:
            greatest = max(self._taken, key=self._taken.__getitem__)
            theirs = (name for name, kept in self._kept.items() if kept.owner == greatest)
            oldest = next(theirs)
            self._delete(oldest if oldest != newest else next(iter(self._kept)))

    def _delete(self, name: str) -> None:
        kept = self._forget(name)
        with contextlib.suppress(OSError):
            kept.path.unlink()
            kept.path.parent.rmdir()

    def _forget(self, name: str) -> Kept:
        kept = self._kept.pop(name)
        del self._names[kept.path]
        self._taken[kept.owner] -= kept.weight
        if not self._taken[kept.owner]:
            del self._taken[kept.owner]
        return kept


def new_name(path: Path) -> str:
    """A name that nobody can guess, and that ends as the file's own does."""
    return f"{secrets.token_urlsafe(NAME_BYTES)}/{path.name}"


def is_plain(path: Path) -> bool:
    """Whether it is a regular file: no link, folder, device or pipe."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
