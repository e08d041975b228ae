"""Keys: who may ask the service, in a file that holds hashes alone.

A key is 32 random bytes that are told once, when it is made. The file is read anew when it has
changed, so a key that is ended is ended at once.
"""

import hashlib
import json
import logging
import os
import re
import secrets
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from inference.errors import InvalidRequest, shown

log = logging.getLogger(__name__)

NAME = re.compile(r"[\w.-]{1,60}")
PER_MINUTE = 240
AT_ONCE = 64
MOST = 10_000
"""Of either."""


@dataclass(frozen=True)
class Key:
    """One key: `per_minute` requests, and `at_once` jobs that are not done."""

    name: str
    sha256: str
    per_minute: int = PER_MINUTE
    at_once: int = AT_ONCE


class KeyFile:
    """The keys in one file; where there is none yet, nobody has one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    def find(self, token: str) -> Key | None:
        """The key that this token is. A file that cannot be read lets nobody in."""
        try:
            stat = self._path.stat()
            state = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        except OSError:
            return None
        if state != self._read_at:
            self._read_at = state
            try:
                self._keys = {key.sha256: key for key in self.all()}
            except InvalidRequest as error:
                log.error("nobody is let in: %s", error)
                self._keys = {}
        return self._keys.get(_hash(token))

    def all(self) -> list[Key]:
        """Raises InvalidRequest."""
        try:
            return TypeAdapter(list[Key]).validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return []
        except (OSError, ValidationError) as error:
            raise InvalidRequest(
                f"--keys must be a file that `keys new` wrote, got {str(self._path)!r} "
                f"({type(error).__name__}); name another, or move it away and make new keys",
                field="--keys",
            ) from error

    def make(self, name: str, *, per_minute: int = PER_MINUTE, at_once: int = AT_ONCE) -> str:
        """The token of a new key, which nobody can read again. Raises InvalidRequest."""
        keys = self.all()
        if not NAME.fullmatch(name):
            raise InvalidRequest(
                "NAME must be 1 to 60 letters, digits, dots and hyphens, "
                f"got {shown(name)}; choose another",
                field="NAME",
            )
        for option, value in (("--per-minute", per_minute), ("--at-once", at_once)):
            if not 1 <= value <= MOST:
                raise InvalidRequest(
                    f"{option} must be from 1 to {MOST:,}, got {value}; choose one in that range",
                    field=option,
                )
        if any(key.name == name for key in keys):
            raise InvalidRequest(
                f"NAME must be new, got {shown(name)}, which has a key; end that one first",
                field="NAME",
            )
        token = secrets.token_urlsafe(32)
        self._write([*keys, Key(name, _hash(token), per_minute, at_once)])
        return token

    def end(self, name: str) -> None:
        """Raises InvalidRequest."""
        keys = self.all()
        left = [key for key in keys if key.name != name]
        if len(left) == len(keys):
            known = ", ".join(key.name for key in keys) or "none"
            raise InvalidRequest(
                f"NAME must be that of a key, got {shown(name)}; there are {known}", field="NAME"
            )
        self._write(left)

    def _write(self, keys: list[Key]) -> None:
        """All or nothing, for its owner's eyes alone."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".keys-")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump([asdict(key) for key in keys], file, indent=1)
            Path(name).replace(self._path)
        except OSError as error:
            raise InvalidRequest(
                f"--keys must be a file that can be written, got {str(self._path)!r} "
                f"({error.strerror}); choose another place",
                field="--keys",
            ) from error


def _hash(token: str) -> str:
    """Of 32 random bytes a plain hash is enough: there is nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
