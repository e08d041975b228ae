"""What a preparation came to: counts, what was left out and why, licences (prepared.json)."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from training.errors import UnusableDataset
from training.pairs.making import HELD_OUT, TRAIN
from training.pairs.recipe import Recipe
from training.pairs.sources.source import Source

NAME = "prepared.json"


@dataclass(frozen=True)
class PartReport:
    """Of one part. `rows` by split, `left_out` by reason, `licences` by name; `wordless` rows have
    no caption."""

    rows: dict[str, int]
    left_out: dict[str, int]
    damaged: list[dict[str, str]]
    licences: dict[str, int]
    wordless: int


@dataclass(frozen=True)
class Report:
    """Of all. `plan` tells whether another preparation would be the same."""

    plan: str
    source: str
    hub_id: str | None
    source_license: str | None
    annotator: str
    size: int
    seed: int
    filters: dict[str, float]
    samples: int
    rows: dict[str, int]
    left_out: dict[str, int]
    damaged: list[dict[str, str]]
    licences: dict[str, int]
    wordless: int

    @property
    def pairs(self) -> int:
        return sum(self.rows.values())

    def to_json(self) -> str:
        """All but the list of what is damaged, which is a file of its own."""
        told = asdict(self) | {"damaged": len(self.damaged)}
        return json.dumps(told, indent=2, sort_keys=True) + "\n"

    @classmethod
    def read(cls, folder: Path) -> "Report":
        """Raises UnusableDataset."""
        path = folder / NAME
        try:
            told: dict[str, Any] = json.loads(path.read_text("utf-8"))
            listed = (folder / "damaged.jsonl").read_text("utf-8").splitlines()
            told["damaged"] = [json.loads(line) for line in listed]
            return cls(**{field.name: told[field.name] for field in fields(cls)})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnusableDataset(
                f"{folder} must hold what python -m training.prepare wrote, got no whole {NAME} "
                "there; prepare the data first"
            ) from error


def summed(parts: Iterable[PartReport], *, source: Source, recipe: Recipe, plan: str) -> Report:
    """Raises nothing for a preparation that came to nothing: the caller says so."""
    rows, left_out, licences = Counter[str](), Counter[str](), Counter[str]()
    damaged: list[dict[str, str]] = []
    wordless = 0
    for part in parts:
        rows += Counter(part.rows)
        left_out += Counter(part.left_out)
        licences += Counter(part.licences)
        damaged += part.damaged
        wordless += part.wordless
    filters = {name: value for name, value in asdict(recipe.filters).items() if value is not None}
    return Report(
        plan=plan,
        source=source.title,
        hub_id=source.hub_id,
        source_license=source.license,
        annotator=recipe.annotator_name,
        size=recipe.size,
        seed=recipe.seed,
        filters=filters,
        samples=source.rows,
        rows={split: rows[split] for split in (TRAIN, HELD_OUT)},
        left_out=dict(left_out),
        damaged=damaged,
        licences=dict(licences),
        wordless=wordless,
    )
