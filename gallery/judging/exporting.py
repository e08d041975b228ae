"""Exports of a result for organisers: JSON, CSV and Parquet, without a juror's name.

Jurors go by pseudonyms; which tables there are says `export_tables`.
"""

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from gallery.event.event import Event
from gallery.judging import export_tables
from gallery.judging.evidence import Evidence, evidence_of
from gallery.judging.export_tables import Table
from gallery.judging.reckoning import Result
from gallery.judging.results import published, result_of

if TYPE_CHECKING:
    import duckdb

KINDS = {"text": "VARCHAR", "number": "BIGINT", "real": "DOUBLE", "flag": "BOOLEAN"}
BESIDES = ("places", "jurors", "evening", "ballots", "uncounted")
"""Tables that the JSON has besides the evidence and the result."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive: the same content gives the same bytes."""


@dataclass(frozen=True)
class Export:
    """All of one moment."""

    evidence: Evidence
    result: Result
    tables: tuple[Table, ...]


def export(session: Session, event: Event, now: datetime) -> Export:
    """Of the published result with what it was made of, or as things stand."""
    evidence = evidence_of(session, event)
    result = published(session, event) or result_of(session, event, now)
    tables = (
        *export_tables.of_result(evidence, result),
        *export_tables.of_ranking(evidence),
        *export_tables.of_jury(session, event),
    )
    return Export(evidence, result, tables)


def as_json(export: Export) -> str:
    """The evidence and what was made of it."""
    told = {
        "about": export_tables.about(),
        "evidence": export.evidence.model_dump(mode="json"),
        "result": export.result.model_dump(mode="json"),
        "besides": {
            table.name: [dict(zip(table.names, row, strict=True)) for row in table.rows]
            for table in export.tables
            if table.name in BESIDES
        },
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def as_csv(export: Export) -> bytes:
    """One archive of tidy tables: a row is one score, one comparison, one assignment, …"""
    return _archive((f"{table.name}.csv", table.csv().encode()) for table in export.tables)


def as_parquet(export: Export) -> bytes:
    """The same tables with their types, one archive."""
    import duckdb  # 66 MB, which no other page waits for

    connection = duckdb.connect(
        ":memory:",
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"},
    )
    with TemporaryDirectory() as folder, connection:
        return _archive(
            (f"{table.name}.parquet", _parquet(connection, table, Path(folder)))
            for table in export.tables
        )


def _parquet(connection: "duckdb.DuckDBPyConnection", table: Table, folder: Path) -> bytes:
    lines, made = folder / f"{table.name}.json", folder / f"{table.name}.parquet"
    told = (json.dumps(dict(zip(table.names, row, strict=True))) for row in table.rows)
    lines.write_text("".join(f"{line}\n" for line in told), "utf-8")
    kinds = ", ".join(f"'{name}': '{KINDS[kind]}'" for name, kind in table.columns)
    rows = f"read_json('{lines}', format = 'newline_delimited', columns = {{{kinds}}})"
    connection.execute(f"COPY (SELECT * FROM {rows}) TO '{made}' (FORMAT parquet)")  # noqa: S608
    return made.read_bytes()


def _archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return made.getvalue()
