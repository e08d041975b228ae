"""Pairs as Parquet: `image, conditioning_image, text` and what else is known of each.

Without maps there are no columns of theirs.

The columns of pictures are what the Hub's viewer and `datasets` take for pictures. Row groups are
small, since whoever streams reads one at a time.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from training.pairs.making import Pair

GROUP = 64
"""Rows of a row group."""
FOLDER = "data"
_PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
OF_MAPS = ("conditioning_image", "map_settings")
_FIXED = (
    ("image", _PICTURE),
    ("conditioning_image", _PICTURE),
    ("text", pa.string()),
    ("key", pa.string()),
    ("map_settings", pa.string()),
)


def schema(kept: tuple[str, ...], *, has_maps: bool) -> pa.Schema:
    """The columns, `kept` of the source's own last, with the Hub's description of them."""
    fixed = [(name, kind) for name, kind in _FIXED if has_maps or name not in OF_MAPS]
    fields = [*fixed, *((_column(name), pa.string()) for name in kept)]
    features = {
        name: {"_type": "Image"} if kind is _PICTURE else {"dtype": "string", "_type": "Value"}
        for name, kind in fields
    }
    described = json.dumps({"info": {"features": features}})
    return pa.schema(fields, metadata={"huggingface": described})


def shard_name(split: str, number: int, count: int) -> str:
    return f"{split}-{number:05d}-of-{count:05d}.parquet"


class ShardWriter:
    """Writes one file, which has its name only when it is whole; without a row there is none."""

    def __init__(self, path: Path, kept: tuple[str, ...], *, has_maps: bool = True) -> None:
        self._path = path
        self._partial = path.with_suffix(".partial")
        self._schema = schema(kept, has_maps=has_maps)
        self._kept = [_column(name) for name in kept]
        self._rows: list[dict[str, object]] = []
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> "ShardWriter":
        return self

    def add(self, pair: Pair) -> None:
        row = {
            "image": {"bytes": pair.image, "path": None},
            "conditioning_image": {"bytes": pair.conditioning, "path": None},
            "text": pair.text,
            "key": pair.key,
            "map_settings": pair.settings,
            **dict(zip(self._kept, pair.kept, strict=True)),
        }
        self._rows.append({name: row[name] for name in self._schema.names})
        if len(self._rows) == GROUP:
            self._flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is None and self._rows:
            self._flush()
        if self._writer is not None:
            self._writer.close()
            if error is None:
                self._partial.replace(self._path)

    def _flush(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._partial,
                self._schema,
                compression="none",  # pictures are compressed as they are
                use_dictionary=False,
                write_statistics=False,
            )
        self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
        self._rows = []


def read_rows(path: Path, columns: list[str] | None = None) -> Iterator[dict[str, object]]:
    """The rows of a file, a row group at a time."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield from file.read_row_group(group, columns=columns).to_pylist()


def _column(name: str) -> str:
    return "license" if name == "licence" else name
