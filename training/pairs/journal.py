"""Journal of a part: what is done is appended at once, so a killed process loses one sample.

Each record is its length and checksum, then MessagePack. A record that breaks off, as a kill
leaves it, is cut off when the journal is opened again. One process at a time writes to it.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import astuple
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import BinaryIO

import msgpack

from training.pairs.making import Damaged, LeftOut, Outcome, Pair

HEAD = struct.Struct("<II")
KINDS: dict[str, type[Outcome]] = {"pair": Pair, "left out": LeftOut, "damaged": Damaged}
NAMES = {kind: name for name, kind in KINDS.items()}


class Journal:
    """Opened, it says how many records there are (`done`), and takes more."""

    def __init__(self, path: Path) -> None:
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b", buffering=0)
        flock(self._file, LOCK_EX)  # waits for one that has lost its parent and is about to end
        whole = self.done = 0
        for _, end in _records(self._file):
            whole, self.done = end, self.done + 1
        self._file.truncate(whole)
        self._file.seek(whole)

    def append(self, outcome: Outcome) -> None:
        """Kept when this returns, whatever becomes of this process."""
        body = msgpack.packb([NAMES[type(outcome)], *astuple(outcome)])
        assert body is not None
        record = memoryview(HEAD.pack(len(body), zlib.crc32(body)) + body)
        while record:
            record = record[self._file.write(record) :]
        self.done += 1

    def outcomes(self) -> Iterator[Outcome]:
        """All that was appended, in order."""
        self._file.seek(0)
        for body, _ in _records(self._file):
            name, *values = msgpack.unpackb(body, use_list=False)
            yield KINDS[name](*values)

    def close(self) -> None:
        self._file.close()


def _records(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Each whole record's body, and where it ends."""
    file.seek(0)
    end = 0
    while len(head := file.read(HEAD.size)) == HEAD.size:
        length, checksum = HEAD.unpack(head)
        body = file.read(length)
        if len(body) < length or zlib.crc32(body) != checksum:
            return
        end += HEAD.size + length
        yield body, end
