"""Parquet with pictures in it: bytes, or the Hub's struct of bytes and path."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.errors import UnusableDataset
from training.pairs.sources.source import (
    IMAGE_COLUMNS,
    MAP_COLUMNS,
    TEXT_COLUMNS,
    Missing,
    Sample,
    Source,
    caption,
    spans,
)

AT_A_TIME = 16
"""Rows that are held decompressed."""
PICTURES_ELSEWHERE = frozenset({"url", "URL", "image_url", "file_name"})


@dataclass(frozen=True)
class Columns:
    """What is called what in these files."""

    image: str
    text: str | None
    conditioning: str | None
    others: tuple[str, ...]

    @property
    def all(self) -> list[str]:
        return [*filter(None, (self.image, self.text, self.conditioning)), *self.others]


@dataclass(frozen=True)
class ParquetPart:
    """The rows `start` to `stop` of one file."""

    path: Path
    start: int
    stop: int
    columns: Columns

    @property
    def rows(self) -> int:
        return self.stop - self.start

    def read(self, skip: int) -> Iterator[Sample | Missing]:
        with pq.ParquetFile(self.path, memory_map=True) as file:
            before = 0
            for group in range(file.num_row_groups):
                count = file.metadata.row_group(group).num_rows
                first = max(self.start + skip, before)
                last = min(self.stop, before + count)
                if first < last:
                    yield from self._of_group(file, group, before, range(first, last))
                before += count

    def _of_group(
        self, file: pq.ParquetFile, group: int, before: int, numbers: range
    ) -> Iterator[Sample | Missing]:
        """These rows of a group that begins with row `before` of the file. What cannot be read of
        it is missing; the groups behind it are read all the same."""
        number = numbers.start
        try:
            batches = file.iter_batches(AT_A_TIME, row_groups=[group], columns=self.columns.all)
            rows = chain.from_iterable(batch.to_pylist() for batch in batches)
            for row in islice(rows, numbers.start - before, numbers.stop - before):
                yield self._sample(f"{self.path.name}:{number}", row)
                number += 1
        except (OSError, pa.ArrowException) as error:
            why = f"its row group cannot be read ({str(error).splitlines()[0][:80]})"
            for lost in range(number, numbers.stop):
                yield Missing(f"{self.path.name}:{lost}", why)

    def _sample(self, key: str, row: dict[str, Any]) -> Sample | Missing:
        image = _bytes(row[self.columns.image])
        if image is None:
            return Missing(key, "there is no picture in it")
        conditioning = self.columns.conditioning
        return Sample(
            key=key,
            image=image,
            text=caption(row[self.columns.text]) if self.columns.text else "",
            conditioning=_bytes(row[conditioning]) if conditioning else None,
            columns={name: row[name] for name in self.columns.others},
        )


def open_parquet(
    paths: Sequence[Path], *, title: str, rows: int, limit: int | None = None
) -> Source:
    """All rows of these files, at most `rows` a part. Raises UnusableDataset."""
    digest = hashlib.blake2b(digest_size=16)
    columns: Columns | None = None
    parts: list[ParquetPart] = []
    left = limit
    for path in paths:
        schema, count = _opened(path)
        columns = columns or _columns(path, schema)
        missing = set(columns.all) - set(schema.names)
        if missing:
            raise UnusableDataset(
                f"{path} must have the columns of {paths[0].name}, got none called "
                f"{', '.join(sorted(missing))}; prepare the files apart"
            )
        digest.update(f"{path.name} {path.stat().st_size} {count}".encode())
        if left is not None:
            count = min(count, left)
            left -= count
        parts += [ParquetPart(path, start, stop, columns) for start, stop in spans(count, rows)]
    if columns is None or not parts:
        raise UnusableDataset(f"{title} must have rows, got none; check the files")
    return Source(
        title=title,
        parts=tuple(parts),
        columns=columns.others,
        has_maps=columns.conditioning is not None,
        fingerprint=digest.hexdigest(),
    )


def _opened(path: Path) -> tuple[pa.Schema, int]:
    try:
        with pq.ParquetFile(path) as file:
            return file.schema_arrow, file.metadata.num_rows
    except (OSError, pa.ArrowException) as error:
        raise UnusableDataset(
            f"{path} must be a Parquet file, got one that cannot be read "
            f"({str(error).splitlines()[0][:80]}); download it again"
        ) from error


def _columns(path: Path, schema: pa.Schema) -> Columns:
    def is_picture(name: str) -> bool:
        kind = schema.field(name).type
        if pa.types.is_struct(kind):
            kind = kind.field("bytes").type if kind.get_field_index("bytes") >= 0 else kind
        return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)

    pictures = [name for name in schema.names if is_picture(name)]
    conditioning = next((name for name in MAP_COLUMNS if name in pictures), None)
    others = [name for name in pictures if name != conditioning]
    image = next((name for name in IMAGE_COLUMNS if name in others), next(iter(others), None))
    if image is None:
        remedy = "name files with the pictures in them"
        if PICTURES_ELSEWHERE & set(schema.names):
            remedy = "it has addresses only: fetch the pictures first, for example with img2dataset"
        raise UnusableDataset(
            f"{path} must have a column of pictures, got {', '.join(schema.names)}; {remedy}"
        )
    text = next((name for name in TEXT_COLUMNS if name in schema.names), None)
    simple = [
        name
        for name in schema.names
        if name not in (image, text, conditioning)
        and (pa.types.is_primitive(kind := schema.field(name).type) or pa.types.is_string(kind))
    ]
    return Columns(image, text, conditioning, tuple(simple))


def _bytes(value: Any) -> bytes | None:
    if isinstance(value, dict):
        value = value.get("bytes")
    return value if isinstance(value, bytes) and value else None
