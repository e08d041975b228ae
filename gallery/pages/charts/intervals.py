"""Dots with their 90 % range: qualities of demos, severities of jurors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from gallery.pages.charts.drawing import ROW, Chart, Scale, dot, label, line, tick, ticks, together

NAMES = 34.0
"""Percent of the width that names have."""
FOOT = 24


@dataclass(frozen=True)
class Range:
    """One row: a value and between what it lies with 90 % probability."""

    name: str
    value: float
    lower: float
    upper: float
    is_first: bool = False
    """It stands out."""


def intervals(
    rows: Sequence[Range],
    *,
    key: str,
    title: str,
    said: str,
    of: str,
    what: str,
    ends: tuple[str, str],
    first: str = "",
    more: Mapping[str, Sequence[float]] = MappingProxyType({}),
) -> Chart:
    """In the order of `rows`. `ends` say what lies to the left and to the right of the middle;
    `more` are columns that the table has besides."""
    low = min((row.lower for row in rows), default=-1.0)
    high = max((row.upper for row in rows), default=1.0)
    across = Scale(low, high, NAMES + 2, 98)
    height = len(rows) * ROW + FOOT + 20
    marks: list[Markup] = []
    if low <= 0 <= high:
        marks.append(line(across(0), 0, across(0), len(rows) * ROW, "middle"))
    for number, row in enumerate(rows):
        kind, y = "first" if row.is_first else "", number * ROW + ROW // 2
        words = f"{row.name}: {row.value:+.2f}, from {row.lower:+.2f} to {row.upper:+.2f}"
        marks.append(label(0, y + 4, row.name, kind=kind, to=NAMES))
        marks.append(line(across(row.lower), y, across(row.upper), y, f"range {kind}"))
        marks.append(dot(across(row.value), y, f"mark {kind}", said=words))
    base = len(rows) * ROW
    marks += [tick(across(at), base + 16, f"{at:+g}" if at else "0") for at in ticks(low, high)]
    marks.append(tick(NAMES + 2, height - 4, f"← {ends[0]}", anchor="start"))
    marks.append(tick(98, height - 4, f"{ends[1]} →", anchor="end"))
    return Chart(
        key=key,
        title=title,
        said=said,
        height=height,
        marks=together(marks),
        columns=(of, what, "From", "To", *more),
        rows=tuple(
            (r.name, *(round(one, 2) for one in (r.value, r.lower, r.upper, *besides)))
            for r, *besides in zip(rows, *more.values(), strict=True)
        ),
        legend=((("first", first),) if first else ()),
        wide=True,
    )
