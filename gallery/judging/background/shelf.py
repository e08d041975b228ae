"""Answers that took long, kept as files in the data folder: a restart of the gallery loses none.

One for each task, by a digest of all that the answer depends on and of the arithmetic that made it,
so that a newer program reckons anew. What cannot be read is left aside: it can be made again.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from gallery.judging.background.task import Task
from gallery.judging.reckoning import METHOD
from gallery.private import private_file, private_folder

log = logging.getLogger(__name__)

MOST_BYTES = 32 * 2**20
"""Of one file; a longer one is nobody's answer."""


class Kept(BaseModel):
    """One answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: int
    task: Task
    parts: tuple[Any, ...]
    seconds: float


class Shelf:
    """`folder` is made with the first answer."""

    def __init__(self, folder: Path, *, most: int) -> None:
        """`most` are kept; the one that was made first goes first."""
        self._folder, self._most = folder, most

    def keep(self, task: Task, parts: tuple[Any, ...], seconds: float) -> None:
        """The disk may be full: then it is kept in memory alone, and the log says so."""
        kept = {"method": METHOD, "task": asdict(task), "parts": parts, "seconds": seconds}
        file = self._folder / f"{_digest(task)}.json"
        growing = file.with_suffix(f".{os.getpid()}")
        try:
            private_folder(self._folder)
            private_file(growing)
            growing.write_text(json.dumps(kept), "utf-8")
            growing.replace(file)
            for old in self._files()[: -self._most]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.warning("an answer cannot be kept for after a restart: %s", error)

    def all(self) -> Iterator[Kept]:
        """Those of this program's arithmetic, the one that was made first comes first."""
        for file in self._files():
            kept = _read(file)
            if kept is not None and file.stem == _digest(kept.task):
                yield kept

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)


def _read(file: Path) -> Kept | None:
    try:
        if file.stat().st_size > MOST_BYTES:
            return None
        kept = Kept.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
    is_whole = len(kept.parts) == kept.task.parts
    return kept if is_whole and kept.method == METHOD else None


def _digest(task: Task) -> str:
    told = json.dumps([METHOD, task.kind, task.about, task.told])
    return hashlib.sha256(told.encode()).hexdigest()
