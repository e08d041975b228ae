"""Where a small Hub keeps what it holds: in memory, or in a folder that outlives it."""

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Store:
    """Contents by their SHA-256, and JSON documents by name. `folder` None keeps all in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._contents: dict[str, bytes] = {}
        if folder is not None:
            (folder / "contents").mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes) -> str:
        """Keeps it; returns its digest."""
        digest = hashlib.sha256(content).hexdigest()
        if self._folder is None:
            self._contents[digest] = content
        elif not self.has(digest):
            self._write(self._folder / "contents" / digest, content)
        return digest

    def has(self, digest: str) -> bool:
        if self._folder is None:
            return digest in self._contents
        return (self._folder / "contents" / digest).is_file()

    def read(self, digest: str, start: int = 0, stop: int | None = None) -> bytes:
        """Bytes `start` to `stop` (not included) of a content that is there."""
        if self._folder is None:
            return self._contents[digest][start:stop]
        with (self._folder / "contents" / digest).open("rb") as file:
            file.seek(start)
            return file.read(-1 if stop is None else stop - start)

    def save(self, name: str, document: str) -> None:
        """Keeps a JSON document; `name` may have folders in it. Nothing happens in memory."""
        if self._folder is not None:
            self._write(self._folder / f"{name}.json", document.encode())

    def delete(self, name: str) -> None:
        if self._folder is not None:
            (self._folder / f"{name}.json").unlink(missing_ok=True)

    def load(self, pattern: str) -> Iterator[Any]:
        """Every document whose name fits, parsed."""
        if self._folder is not None:
            for path in sorted(self._folder.glob(f"{pattern}.json")):
                yield json.loads(path.read_bytes())

    def _write(self, path: Path, content: bytes) -> None:
        """All of it or nothing: a kill in the middle leaves the old file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        beside.write_bytes(content)
        os.replace(beside, path)  # noqa: PTH105  pathlib's rename is the same call
