"""Exports of a result for organisers: JSON, CSV and Parquet, without a juror's name.

Jurors go by pseudonyms. Notes are for the juror alone and in none of them; of comments the tables
have the words, without who wrote them.
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

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery import __version__
from gallery.database.tables import Assignment, Ballot, Conflict
from gallery.event.event import Event
from gallery.judging.evidence import Evidence, evidence_of, pseudonyms
from gallery.judging.reckoning import Result
from gallery.judging.results import published, result_of
from gallery.spreadsheets import harmless, written

if TYPE_CHECKING:
    import duckdb

Cell = str | int | float | bool | None
KINDS = {"text": "VARCHAR", "number": "BIGINT", "real": "DOUBLE", "flag": "BOOLEAN"}
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive: the same content gives the same bytes."""


@dataclass(frozen=True)
class Table:
    """`columns` are names and kinds: `text`, `number`, `real` or `flag`."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]

    def csv(self) -> str:
        """Text that a spreadsheet would run is made harmless; numbers are exact."""
        names = tuple(name for name, _ in self.columns)
        return written([names, *(tuple(map(_plain, row)) for row in self.rows)])


@dataclass(frozen=True)
class Export:
    """All of one moment."""

    evidence: Evidence
    result: Result
    tables: tuple[Table, ...]


def export(session: Session, event: Event, now: datetime) -> Export:
    """Of the published result, or as things stand."""
    evidence = evidence_of(session, event)
    result = published(session, event) or result_of(session, event, now)
    tables = (*_of_result(evidence, result, event), *_of_jury(session, event))
    return Export(evidence, result, tables)


def as_json(export: Export) -> str:
    """The evidence and what was made of it."""
    told = {
        "about": _about(),
        "evidence": export.evidence.model_dump(mode="json"),
        "result": export.result.model_dump(mode="json"),
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
    names = [name for name, _ in table.columns]
    told = (json.dumps(dict(zip(names, row, strict=True))) for row in table.rows)
    lines.write_text("".join(f"{line}\n" for line in told), "utf-8")
    kinds = ", ".join(f"'{name}': '{KINDS[kind]}'" for name, kind in table.columns)
    rows = f"read_json('{lines}', format = 'newline_delimited', columns = {{{kinds}}})"
    connection.execute(f"COPY (SELECT * FROM {rows}) TO '{made}' (FORMAT parquet)")  # noqa: S608
    return made.read_bytes()


def _of_result(evidence: Evidence, result: Result, event: Event) -> tuple[Table, ...]:
    """What the result can be made of again, and the result."""
    final = {demo: place for place, demo in enumerate(result.order, 1)}
    about = {
        **_about(),
        "event": evidence.event,
        "method": str(result.method),
        "at": result.at.isoformat(),
        "islands": str(result.islands),
        "reason": result.reason,
        "ties": " ".join(evidence.ties),
    }
    return (
        Table("about", (("key", "text"), ("value", "text")), tuple(about.items())),
        Table(
            "criteria",
            (("criterion", "text"), ("lowest", "number"), ("highest", "number"), ("share", "real")),
            tuple((one.key, one.lowest, one.highest, one.share) for one in evidence.criteria),
        ),
        Table(
            "scores",
            (
                ("juror", "text"),
                ("demo", "number"),
                ("position", "number"),
                ("criterion", "text"),
                ("score", "number"),
            ),
            tuple(
                (look.juror, look.demo, look.position, key, value)
                for look in evidence.looks
                for key, value in look.scores.items()
            ),
        ),
        Table(
            "comparisons",
            (("juror", "text"), ("first", "number"), ("second", "number"), ("better", "text")),
            tuple(
                (side.juror, side.first, side.second, side.better) for side in evidence.comparisons
            ),
        ),
        Table(
            "result",
            (
                *(("place", "number"), ("demo", "number"), ("title", "text"), ("team", "text")),
                *(("rank", "number"), ("quality", "real"), ("lower", "real"), ("upper", "real")),
                *(("podium", "real"), ("looks", "number")),
            ),
            tuple(
                (
                    *(final[row.demo], row.demo, row.title, row.team),
                    *(row.rank, row.quality, row.lower, row.upper),
                    *(row.podium, row.looks),
                )
                for row in result.rows
            ),
        ),
        Table(
            "tied",
            (("run", "number"), ("demo", "number")),
            tuple((number, demo) for number, run in enumerate(result.tied, 1) for demo in run),
        ),
        Table(
            "qualities",
            (("demo", "number"), ("criterion", "text"), ("quality", "real"), ("mean", "real")),
            tuple(
                (row.demo, key, row.criteria.get(key), row.means.get(key))
                for row in result.rows
                for key in dict.fromkeys((*row.criteria, *row.means))
            ),
        ),
    )


def _of_jury(session: Session, event: Event) -> tuple[Table, ...]:
    """Who was to look at what, who must not, and what was said: whether it counts or not."""
    named = pseudonyms(session, event)
    assigned = session.scalars(select(Assignment).where(Assignment.event == event.slug)).all()
    ballots = session.scalars(select(Ballot).where(Ballot.event == event.slug)).all()
    found = session.scalars(select(Conflict).where(Conflict.event == event.slug)).all()
    counted = {
        (one.account_id, one.submission_id): one.finished_at is not None and not one.set_aside_at
        for one in ballots
    }
    return (
        Table(
            "assignments",
            (("juror", "text"), ("demo", "number"), ("state", "text"), ("counts", "flag")),
            _sorted(
                (
                    named(one.account_id),
                    one.submission_id,
                    one.state,
                    counted.get((one.account_id, one.submission_id), False),
                )
                for one in assigned
            ),
        ),
        Table(
            "conflicts",
            (("juror", "text"), ("demo", "number"), ("kind", "text")),
            _sorted((named(one.account_id), one.submission_id, one.kind) for one in found),
        ),
        Table(
            "comments",
            (("demo", "number"), ("comment", "text")),
            _sorted(
                (one.submission_id, one.comment)
                for one in ballots
                if one.comment and counted[one.account_id, one.submission_id]
            ),
        ),
    )


def _sorted(rows: Iterable[tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    """By what they say: the order in which they came tells who came when."""
    return tuple(sorted(rows, key=lambda row: tuple(map(str, row))))


def _about() -> dict[str, str]:
    """What made it: with the same evidence, the same arithmetic and seed give the same result."""
    from gallery.judging.ranking.mixing import SEED  # and with it NumPy

    return {"software": __version__, "seed": str(SEED)}


def _plain(cell: Cell) -> str:
    if isinstance(cell, str):
        return harmless(cell)
    return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else repr(cell)


def _archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return made.getvalue()
