"""SVG elements: what charts are drawn with.

Across, all is in percent, and down in pixels: so a chart is as wide as the screen while letters and
dots keep their size. Colours and letters come by class, from `charts.css`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

ROW = 24
"""Pixels between two rows of a chart that has rows."""


@dataclass(frozen=True)
class Chart:
    """One figure: what is drawn, what it says to who does not see it, and its table."""

    key: str
    """Names it on its page."""
    title: str
    said: str
    """One sentence, which a screen reader reads instead of the drawing."""
    height: int
    marks: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    legend: tuple[tuple[str, str], ...] = ()
    """Classes of marks, with words."""
    wide: bool = False
    """Takes the whole width of the page."""


@dataclass(frozen=True)
class Scale:
    """From values to percent of the width, between two margins."""

    low: float
    high: float
    left: float = 0.0
    right: float = 100.0

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        part = (value - self.low) / span if span > 0 else 0.5
        return round(self.left + min(max(part, 0.0), 1.0) * (self.right - self.left), 2)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{}%" y1="{}" x2="{}%" y2="{}"/>').format(
        kind, x1, y1, x2, y2
    )


def dot(x: float, y: float, kind: str, *, said: str = "", radius: int = 5) -> Markup:
    return Markup('<circle class="{}" cx="{}%" cy="{}" r="{}">{}</circle>').format(
        kind, x, y, radius, _title(said)
    )


def box(x: float, y: float, width: float, height: float, kind: str, *, said: str = "") -> Markup:
    return Markup('<rect class="{}" x="{}%" y="{}" width="{}%" height="{}">{}</rect>').format(
        kind, x, y, width, height, _title(said)
    )


def label(x: float, y: float, words: object, *, kind: str = "", to: float = 100.0) -> Markup:
    """Words that end where `to` is: an `svg` of their own cuts off what is longer."""
    return Markup(
        '<svg x="{}%" y="{}" width="{}%" height="{}"><text class="{}" y="16">{}</text></svg>'
    ).format(x, y - 16, max(to - x, 0), ROW, kind, words)


def tick(x: float, y: float, words: object, *, anchor: str = "middle") -> Markup:
    """A number at an axis."""
    return Markup('<text class="tick" x="{}%" y="{}" text-anchor="{}">{}</text>').format(
        x, y, anchor, words
    )


def together(marks: Iterable[Markup]) -> Markup:
    return Markup("").join(marks)


def ticks(low: float, high: float, *, most: int = 5) -> Sequence[float]:
    """Round numbers between two."""
    span = high - low
    if span <= 0:
        return (low,)
    step = next(
        size * 10**power
        for power in range(-6, 12)
        for size in (1, 2, 5)
        if span / (size * 10**power) <= most
    )
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(round(at * step, 6) for at in range(first, last + 1))


def _title(said: str) -> Markup:
    return Markup("<title>{}</title>").format(said) if said else Markup("")
