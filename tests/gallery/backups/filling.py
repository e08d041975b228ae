"""Fills every table, whatever tables there are: rows that fit, with all that is odd about them."""

import hashlib
import io
import random
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import JSON, Boolean, Column, Float, Integer, String, Table, insert, select
from sqlalchemy.orm import Session

from gallery.database.connection import Database
from gallery.database.tables import Base
from gallery.database.tables.base import UtcDateTime

CANARY = "canary"
"""Begins every value of a column that could let somebody in."""
ODD = "äß☃🖼️\u202e'\";\n\r\t<script>\\{}%s" + string.ascii_letters
FILES: dict[str, bytes] = {}
"""Pictures that rows were made for, by their digest."""
START = datetime(2026, 6, 15, 12, tzinfo=UTC)


def fill(database: Database, pictures: Path, *, seed: int, rows: int) -> None:
    """`rows` rows in each table, pointing to each other as their foreign keys ask."""
    chance = random.Random(seed)
    with database.write() as session:
        for table in Base.metadata.sorted_tables:
            seen: set[tuple[Any, ...]] = set()
            for number in range(rows):
                row = {
                    column.name: _value(session, table, column, chance, number)
                    for column in table.columns
                }
                keys = tuple(row[column.name] for column in table.primary_key)
                if keys not in seen:  # two rows may have drawn the same parents
                    seen.add(keys)
                    session.execute(insert(table), row)
        digests = session.scalars(select(Base.metadata.tables["pictures"].c.digest)).all()
    for digest in digests:
        for name in (digest, f"{digest}-480"):
            path = pictures / digest[:2] / f"{name}.webp"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(FILES[digest])


def _value(
    session: Session, table: Table, column: Column[Any], chance: random.Random, number: int
) -> Any:
    if column.nullable and chance.random() < 0.3:
        return None
    for key in column.foreign_keys:
        parents = session.scalars(select(key.column).order_by(key.column)).all()
        # unique together with others or not, the n-th row points to the n-th parent
        return parents[number % len(parents)]
    match column.type:
        case JSON():
            return _json(chance, 2)
        case Boolean():
            return chance.random() < 0.5
        case Integer():
            return number + 1 if column.primary_key else chance.randrange(2**31)
        case Float():
            return chance.choice([0.1, -1e300, 5e-324, chance.random()])
        case String():
            return _text(column, chance, number)
        case UtcDateTime():
            return START + timedelta(microseconds=chance.randrange(10**12))
    raise AssertionError(f"the filling must learn {table.name}.{column.name}: {column.type!r}")


def _text(column: Column[Any], chance: random.Random, number: int) -> str:
    if "digest" in column.name or "thumbnail" in column.name:
        digest = _picture(number)
        if column.table.name != "pictures":
            digest = hashlib.sha256(f"{column.name} {number}".encode()).hexdigest()
        return f"{CANARY}-{digest}" if "token" in column.name else digest
    if "token" in column.name or "secret" in column.name:
        return f"{CANARY}-{number}"
    return f"{number}{''.join(chance.choices(ODD, k=chance.randrange(12)))}"


def _picture(number: int) -> str:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20), (number % 256, number // 256, 0)).save(stream, "WEBP", lossless=True)
    digest = hashlib.sha256(stream.getvalue()).hexdigest()
    FILES[digest] = stream.getvalue()
    return digest


def _json(chance: random.Random, depth: int) -> dict[str, Any]:
    inner: list[Any] = [None, True, 0.1, 2**53, _odd(chance), ["x", [1]]]
    if depth:
        inner.append(_json(chance, depth - 1))
    return {_odd(chance): value for value in chance.sample(inner, 4)}


def _odd(chance: random.Random) -> str:
    return "".join(chance.choices(ODD, k=5))
