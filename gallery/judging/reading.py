"""Reads an export of a result: the JSON, or the archive of CSV tables."""

import csv
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from gallery.errors import Invalid
from gallery.judging.evidence import Evidence, Look, Side
from gallery.judging.ranking.evidence import Scale
from gallery.judging.reckoning import Result, Row
from gallery.spreadsheets import BOM

LARGEST = 2**28
"""Bytes of one table, unpacked."""
TABLES = ("about", "criteria", "scores", "comparisons", "result", "tied", "qualities")
Rows = list[dict[str, str]]


def read(path: Path) -> tuple[Evidence, Result]:
    """What an export tells, and what was made of it. Raises `Invalid` for anything else."""
    try:
        if zipfile.is_zipfile(path):
            return _from_tables({name: _table(path, name) for name in TABLES})
        told = json.loads(path.read_text("utf-8"))
        return Evidence.model_validate(told["evidence"]), Result.model_validate(told["result"])
    except (ValidationError, ValueError, KeyError, TypeError, zipfile.BadZipFile, csv.Error):
        raise Invalid(
            f"{path.name} must be a result as the organisers' board gives it, as JSON or as an "
            "archive of CSV tables, got something else; download it there once more",
            field="file",
        ) from None


def _table(path: Path, name: str) -> Rows:
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(f"{name}.csv")
        if entry.file_size > LARGEST:
            raise ValueError(f"{name} is too large")
        text = archive.read(entry).decode().removeprefix(BOM)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _from_tables(tables: Mapping[str, Rows]) -> tuple[Evidence, Result]:
    about = {row["key"]: row["value"] for row in tables["about"]}
    looks: dict[tuple[str, int, int], dict[str, int]] = defaultdict(dict)
    for row in tables["scores"]:
        which = row["juror"], int(row["demo"]), int(row["position"])
        looks[which][row["criterion"]] = int(row["score"])
    evidence = Evidence(
        event=about["event"],
        criteria=tuple(
            Scale(row["criterion"], int(row["lowest"]), int(row["highest"]), float(row["share"]))
            for row in tables["criteria"]
        ),
        demos=tuple(sorted(int(row["demo"]) for row in tables["result"])),
        looks=tuple(
            Look(juror=juror, demo=demo, position=position, scores=scores)
            for (juror, demo, position), scores in looks.items()
        ),
        comparisons=tuple(
            Side(
                juror=row["juror"],
                first=int(row["first"]),
                second=int(row["second"]),
                better=row["better"],
            )
            for row in tables["comparisons"]
        ),
        ties=tuple(about["ties"].split()),
    )
    return evidence, _result(about, tables)


def _result(about: Mapping[str, str], tables: Mapping[str, Rows]) -> Result:
    by_demo: dict[str, dict[str, dict[str, float]]] = defaultdict(
        lambda: {"quality": {}, "mean": {}}
    )
    for row in tables["qualities"]:
        for name in ("quality", "mean"):
            if row[name]:
                by_demo[row["demo"]][name][row["criterion"]] = float(row[name])
    runs: dict[int, list[int]] = defaultdict(list)
    for row in tables["tied"]:  # a demo may be in several: they overlap
        runs[int(row["run"])].append(int(row["demo"]))
    return Result(
        method=int(about["method"]),
        at=datetime.fromisoformat(about["at"]),
        rows=tuple(
            Row(
                demo=int(row["demo"]),
                title=row["title"],
                team=row["team"],
                rank=int(row["rank"]),
                quality=float(row["quality"]),
                lower=float(row["lower"]),
                upper=float(row["upper"]),
                podium=float(row["podium"]),
                looks=int(row["looks"]),
                criteria=by_demo[row["demo"]]["quality"],
                means=by_demo[row["demo"]]["mean"],
            )
            for row in tables["result"]
        ),
        tied=tuple(tuple(run) for _, run in sorted(runs.items())),
        islands=int(about["islands"]),
        order=tuple(
            int(row["demo"]) for row in sorted(tables["result"], key=lambda row: int(row["place"]))
        ),
        reason=about["reason"],
    )
