"""What is slow to find out and always comes out the same, kept on the disk between processes.

A name is a digest of all that an entry depends on, this package's source among it, so that no entry
is ever out of date. What is damaged is as if it were not there, and what was used least recently
goes when the bytes do not suffice.
"""

import hashlib
import os
import platform
import sys
import tempfile
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

MOST_BYTES = 2_000_000_000
_CHECKSUM = hashlib.sha256().digest_size


class DiskCache:
    """Bytes by name, in a folder that is the user's alone; nothing is kept before it is `opened`.

    Entries may be programs: a folder that somebody else owns, or may write to, is not opened.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._folder: Path | None = None

    @property
    def is_open(self) -> bool:
        return self._folder is not None

    def open(self, folder: Path) -> bool:
        """Whether it is open now; without, everything works, and is found out each time."""
        self._folder = None
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_own(folder):
                self._folder = folder
        return self.is_open

    def close(self) -> None:
        self._folder = None

    def read(self, name: str) -> bytes | None:
        if self._folder is None:
            return None
        path = self._folder / name
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        checksum, rest = content[:_CHECKSUM], content[_CHECKSUM:]
        return rest if hashlib.sha256(rest).digest() == checksum else None

    def write(self, name: str, content: bytes) -> None:
        """Whole or not at all, whoever else writes it; a full disk is no error."""
        if self._folder is None:
            return
        with suppress(OSError):
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(hashlib.sha256(content).digest() + content)
            Path(file.name).replace(self._folder / name)
            self._make_room()

    def _make_room(self) -> None:
        assert self._folder is not None, "write asks"
        found = []
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):
                found.append((path.stat().st_mtime, path.stat().st_size, path))
        over = sum(size for _, size, _ in found) - self._most_bytes
        for _, size, path in sorted(found):
            if over <= 0:
                break
            path.unlink(missing_ok=True)
            over -= size


DISK = DiskCache()
"""This process's."""


def name_of(*parts: object) -> str:
    """The name of what depends on these, told by their repr, and on the software that is here."""
    return hashlib.sha256("\n".join([_software(), *map(repr, parts)]).encode()).hexdigest()


@cache
def _software() -> str:
    """This package's source, what it computes with, and the processor."""
    source = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*.py")):
        source.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    versions = [version(name) for name in ("jax", "jaxlib", "flax", "numpy")]
    return " ".join([source.hexdigest(), sys.version, *versions, _processor()])


def _processor() -> str:
    """What tells which instructions there are: a home may be shared by several machines."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                return f"{platform.machine()} {line}"
    return f"{platform.machine()} {platform.processor()}"


def _is_own(folder: Path) -> bool:
    if not hasattr(os, "geteuid"):
        return True  # no POSIX: a user's folders are the user's
    status = folder.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022
