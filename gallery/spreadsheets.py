"""CSV for spreadsheets: text that they would run as a formula is made harmless."""

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What spreadsheets would run, if a cell began with it; some take the wide forms, too."""
BOM = "\ufeff"
"""By which spreadsheets know UTF-8."""


def harmless(text: str) -> str:
    """With an apostrophe in front where it would be run."""
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def written(rows: Iterable[Sequence[str]]) -> str:
    """Every cell is quoted, so that none is cut where another sign separates cells."""
    text = io.StringIO(BOM)
    text.seek(len(BOM))
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue()
