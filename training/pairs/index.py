"""Index of pairs: the row groups of all Parquet files of a data set, in a folder or on the Hub.

Only the files' footers are read for it. On the Hub one commit is meant for good, and row groups
are read by ranges, so nothing is downloaded that is not trained on.
"""

import hashlib
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub import HfApi, HfFileSystem
from huggingface_hub.errors import HfHubHTTPError

from training.errors import HubRefusal, UnusableDataset
from training.hub import refusal
from training.pairs.sources.source import TEXT_COLUMNS, caption

PAUSES = (1.0, 4.0, 15.0, 60.0)
"""Seconds between tries where the Hub does not answer: a training outlives a short outage."""
READERS = 16
IMAGE, MAP = "image", "conditioning_image"
PAIRS = (IMAGE, MAP)
"""The pictures that a ControlNet learns from."""
PICTURES = (IMAGE,)
"""Those that a text-to-image model learns from: maps that lie beside them are not read."""
SETTINGS = "map_settings"
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """A pair as it lies in the file; `conditioning` is None where maps are not read. `settings` is
    JSON: how its map was drawn, if that is told."""

    image: bytes
    conditioning: bytes | None
    text: str
    settings: str = ""


@dataclass(frozen=True)
class Group:
    """Row group `number` of a file."""

    path: str
    number: int
    rows: int
    size: int


class PairIndex:
    """All row groups, in the files' order. `digest` changes when the data does."""

    def __init__(
        self,
        title: str,
        groups: tuple[Group, ...],
        *,
        pictures: tuple[str, ...],
        text: str,
        has_settings: bool,
        hub: "_Hub | None",
    ) -> None:
        self.title = title
        self.groups = groups
        self._text = text
        self.has_maps = MAP in pictures
        self._columns = [*pictures, text, *([SETTINGS] if has_settings else [])]
        self._hub = hub
        self._before: list[int] = []  # rows of a group's file that come before it
        for at, group in enumerate(groups):
            goes_on = at > 0 and groups[at - 1].path == group.path
            self._before.append(self._before[-1] + groups[at - 1].rows if goes_on else 0)
        told = repr([(Path(each.path).name, each.number, each.rows, each.size) for each in groups])
        self.digest = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()

    @property
    def rows(self) -> int:
        return sum(group.rows for group in self.groups)

    def where(self, group: int, row: int) -> str:
        """A row as a person finds it."""
        return f"row {self._before[group] + row} of {Path(self.groups[group].path).name}"

    def read(self, number: int) -> list[Row]:
        """The rows of group `number`. Raises HubRefusal and UnusableDataset."""
        group = self.groups[number]

        def read() -> pa.Table:
            with _opened(self._hub, group.path) as file:
                return file.read_row_group(group.number, columns=self._columns)

        rows = _patiently(self._hub, group.path, read).to_pylist()
        return [
            Row(
                image=_bytes(row[IMAGE]),
                conditioning=_bytes(row[MAP]) if self.has_maps else None,
                text=caption(row[self._text]),
                settings=row.get(SETTINGS) or "",
            )
            for row in rows
        ]


def open_pairs(
    name: str | Path, *, split: str = "train", pictures: tuple[str, ...] = PAIRS
) -> PairIndex:
    """The pairs of a prepared folder, or of `owner/name` (or `owner/name@revision`) on the Hub.

    `pictures` are the columns that are read, `PAIRS` or `PICTURES`. Files are of a split by their
    names (`train-…`, `validation-…`); where no name tells a split, all are for training. Raises
    UnusableDataset and HubRefusal.
    """
    path = Path(name).expanduser()
    hub = None
    if path.is_dir():
        paths = sorted(str(each) for each in path.rglob("*.parquet"))
    elif isinstance(name, str) and name.count("/") == 1 and not name.startswith((".", "/", "~")):
        hub = _Hub(name)
        paths = _patiently(hub, name, hub.paths)
    else:
        raise UnusableDataset(
            f"data must be a folder of pairs, or owner/name on the Hub, got {str(name)!r}, which "
            "is neither; make one with python -m training.prepare"
        )
    chosen = _of_split(paths, split)
    if not chosen:
        raise UnusableDataset(
            f"{name} must have Parquet files of the split {split}, got {len(paths)} of others; "
            "make some with python -m training.prepare"
        )
    with ThreadPoolExecutor(READERS) as readers:
        found = list(readers.map(lambda each: _footer(hub, each), chosen))
    text = next((column for column in TEXT_COLUMNS if column in found[0][1]), None)
    for (_, names), each in zip(found, chosen, strict=True):
        missing = {*pictures, text or "text"} - set(names)
        if missing:
            raise UnusableDataset(
                f"{each} must have the columns {', '.join(pictures)} and text, got none called "
                f"{', '.join(sorted(missing))}; prepare it with python -m training.prepare"
            )
    groups = tuple(group for each, _ in found for group in each if group.rows)
    if not groups:
        raise UnusableDataset(f"{name} must have pairs, got none in {split}; prepare more")
    told = MAP in pictures and all(SETTINGS in names for _, names in found)
    return PairIndex(
        str(name), groups, pictures=pictures, text=text or "text", has_settings=told, hub=hub
    )


class _Hub:
    """A data set's files at one commit."""

    def __init__(self, name: str) -> None:
        self._repo_id, _, self._revision = name.partition("@")
        self._endpoint = os.environ.get("HF_ENDPOINT")
        self.files = HfFileSystem(endpoint=self._endpoint)

    def paths(self) -> list[str]:
        api = HfApi(endpoint=self._endpoint)
        info = api.dataset_info(self._repo_id, revision=self._revision or None)
        names = sorted(each.rfilename for each in info.siblings or ())
        root = f"datasets/{self._repo_id}@{info.sha}"
        return [f"{root}/{name}" for name in names if name.endswith(".parquet")]


def _opened(hub: _Hub | None, path: str) -> pq.ParquetFile:
    if hub is None:
        return pq.ParquetFile(path, memory_map=True)
    return pq.ParquetFile(hub.files.open(path, "rb"), pre_buffer=True)


def _footer(hub: _Hub | None, path: str) -> tuple[list[Group], list[str]]:
    def read() -> tuple[list[Group], list[str]]:
        with _opened(hub, path) as file:
            told = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
            groups = [
                Group(path, number, each.num_rows, each.total_byte_size)
                for number, each in enumerate(told)
            ]
            return groups, file.schema_arrow.names

    return _patiently(hub, path, read)


def _patiently(hub: _Hub | None, what: str, read: Callable[[], T]) -> T:
    """What `read` gives, asked again where the Hub does not answer."""
    for pause in (*PAUSES, None):
        try:
            return read()
        except pa.ArrowException as error:
            raise UnusableDataset(
                f"{what} must be a Parquet file, got one that cannot be read "
                f"({str(error).splitlines()[0][:80]}); download or prepare it again"
            ) from error
        except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
            refused = refusal(f"the data {what}", error) if hub else _unreadable(what, error)
            status = getattr(getattr(error, "response", None), "status_code", 500)
            if hub is None or pause is None or status < 429:
                raise refused from error
            time.sleep(pause)
    raise AssertionError("the last try returns or raises")


def _unreadable(what: str, error: Exception) -> UnusableDataset | HubRefusal:
    return UnusableDataset(
        f"{what} must be a file that can be read, got {type(error).__name__}; check the disk"
    )


def _of_split(paths: list[str], split: str) -> list[str]:
    named = {each: Path(each).name.lower() for each in paths}
    chosen = [each for each in paths if named[each].startswith((f"{split}-", f"{split}."))]
    if chosen or split != "train":
        return chosen
    others = ("validation", "test", "valid", "val", "dev")
    return [each for each in paths if not named[each].startswith(others)]


def _bytes(value: Any) -> bytes:
    """Empty where there is none: whoever decodes it says so."""
    if isinstance(value, dict):
        value = value.get("bytes")
    return value if isinstance(value, bytes) else b""
