"""Lines of the places between which each demo lies with 90 %: the intervals of all ranks."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gallery.pages.charts.drawing import (
    ROW,
    Chart,
    Scale,
    box,
    dot,
    label,
    line,
    tick,
    ticks,
    together,
)
from gallery.pages.charts.intervals import FOOT, NAMES


@dataclass(frozen=True)
class Place:
    """One row: where a demo stands, and between which places it lies with 90 % probability."""

    name: str
    place: int
    best: int
    worst: int
    first: float
    """The probability of the first place."""
    podium: float
    """The probability of being among the first three."""
    is_first: bool = False
    """It stands out."""

    @property
    def said(self) -> str:
        at = f"{self.best}" if self.best == self.worst else f"{self.best} to {self.worst}"
        return f"{self.name}: place {self.place}, with 90 % {at}"


def places(rows: Sequence[Place], *, podium: int) -> Chart:
    """In the order of `rows`; the first `podium` places are a band."""
    count = max((row.worst for row in rows), default=1)
    across = Scale(0.5, count + 0.5, NAMES + 2, 98)
    base = len(rows) * ROW
    height = base + FOOT + 20
    end = across(min(podium, count) + 0.5)
    marks: list[Markup] = [box(NAMES + 2, 0, round(end - NAMES - 2, 2), base, "area")]
    for number, row in enumerate(rows):
        kind, y = "first" if row.is_first else "", number * ROW + ROW // 2
        marks.append(label(0, y + 4, row.name, kind=kind, to=NAMES))
        marks.append(line(across(row.best), y, across(row.worst), y, f"range {kind}"))
        marks.append(dot(across(row.place), y, f"mark {kind}", said=row.said))
    marks += [tick(across(at), base + 16, at) for at in _whole(count)]
    marks.append(tick(NAMES + 2, height - 4, "← better", anchor="start"))
    marks.append(tick(98, height - 4, "worse →", anchor="end"))
    sure = sum(row.best == row.worst for row in rows)
    return Chart(
        key="places",
        title="Places of all demos, each with the range in which it lies with 90 %",
        said=f"Places of {len(rows)} demos, with the range in which each lies with 90 %; "
        f"the place of {sure} is sure" + (f"; {rows[0].said}" if rows else ""),
        height=height,
        marks=together(marks),
        columns=("Demo", "Place", "From", "To", "First, %", f"Among the first {podium}, %"),
        rows=tuple(
            (r.name, r.place, r.best, r.worst, round(100 * r.first), round(100 * r.podium))
            for r in rows
        ),
        legend=(("first", "on the podium as it stands"), ("band", f"places 1 to {podium}")),
        wide=True,
    )


def _whole(count: int) -> Sequence[int]:
    """The first place, round ones, and the last unless it stands too close to them."""
    found = [1, *(int(at) for at in ticks(1, count) if at == int(at) and at > 1)]
    return (*found, *([count] if count - found[-1] > count / 10 else []))
