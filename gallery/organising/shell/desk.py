"""What an organisers' command works with, and what it tells."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gallery.act import Act
from gallery.gallery import Gallery
from gallery.organising import tables as board_tables


@dataclass(frozen=True)
class Desk:
    """What a command works with: one transaction, and what it was asked."""

    act: Act
    options: argparse.Namespace
    gallery: Gallery


@dataclass(frozen=True)
class Answer:
    """What a command tells: rows under columns, or one sentence."""

    columns: tuple[str, ...] = ()
    rows: Sequence[tuple[object, ...]] = ()
    sentence: str = ""

    def as_json(self) -> str:
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        told = {"done": self.sentence} if self.sentence else rows
        return json.dumps(told, default=_plain, ensure_ascii=False, indent=2)

    def as_text(self) -> str:
        """Aligned columns; long cells are cut, `--json` has them whole."""
        if self.sentence:
            return self.sentence
        if not self.rows:
            return "nothing"
        cells = [self.columns, *([cell(value) for value in row] for row in self.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.columns))]
        lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells)
        return "\n".join(line.rstrip() for line in lines)


def table_answer(table: board_tables.Table) -> Answer:
    columns = ("Number", *table.columns)
    return Answer(
        tuple(column.lower() for column in columns), [(row.id, *row.cells) for row in table.rows]
    )


def cell(value: object) -> str:
    text = " ".join(str(_plain(value)).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return "" if value is None else value
