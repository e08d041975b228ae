"""What a person names as SOURCE, opened as whatever it is."""

from dataclasses import replace
from pathlib import Path

from training.errors import UnusableDataset
from training.pairs.sources import hub
from training.pairs.sources.circles import open_circles
from training.pairs.sources.folder import TABLES, open_folder
from training.pairs.sources.parquet import open_parquet
from training.pairs.sources.source import Source
from training.pairs.sources.tars import open_tars

CIRCLES = "fill50k"
ROWS = 1000
"""Samples of a part, which becomes one file; about 100 MB at 512 pixels."""


def open_source(
    name: str,
    *,
    size: int,
    seed: int,
    limit: int | None = None,
    files: str | None = None,
    rows: int = ROWS,
) -> Source:
    """A folder, a .parquet or .tar file, `fill50k`, or `owner/name` of a data set on the Hub.

    `limit` takes the first so many samples, `files` only files of the Hub that match. A folder
    with Parquet files in it is taken for these, one with tars for those. `size` and `seed` are for
    what is drawn. Raises UnusableDataset and HubRefusal.
    """
    if name == CIRCLES:
        return open_circles(rows=rows, size=size, seed=seed, limit=limit)
    path = Path(name).expanduser()
    if path.exists():
        return _opened([path], name=path.resolve().name, rows=rows, limit=limit)
    if name.startswith((".", "/", "~")) or name.count("/") != 1:
        raise UnusableDataset(
            f"SOURCE must be a folder, a file, {CIRCLES}, or owner/name on the Hub, got {name!r}, "
            "which is none; check the path"
        )
    folder, fetched, licence = hub.download(name, files=files)
    paths = [folder / each for each in fetched]
    if any(path.suffix not in (".parquet", ".tar") for path in paths):
        paths = [folder]
    source = _opened(paths, name=name, rows=rows, limit=limit)
    return replace(source, hub_id=name.partition("@")[0], license=licence)


def _opened(paths: list[Path], *, name: str, rows: int, limit: int | None) -> Source:
    for suffix in (".parquet", ".tar"):
        found = [
            file
            for path in paths
            for file in (sorted(path.rglob(f"*{suffix}")) if path.is_dir() else [path])
            if file.suffix == suffix and file.name not in TABLES
        ]
        if found and suffix == ".parquet":
            return open_parquet(found, title=name, rows=rows, limit=limit)
        if found:
            return open_tars(found, title=name, limit=limit)
    if not paths[0].is_dir():
        raise UnusableDataset(
            f"{paths[0]} must be a folder, a .parquet or a .tar file, got another kind; give the "
            "folder that it lies in"
        )
    return open_folder(paths[0], rows=rows, limit=limit)
