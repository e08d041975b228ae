"""The figures of many simulated juries as an SVG that a page of docs shows, light or dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT = 720, 150, 668
ROW = 34
INK, SOFT, RULE = "#1f2328", "#59636e", "#d1d9e0"
OURS, OTHERS = "#0b7a75", "#8b949e"


@dataclass(frozen=True)
class Bar:
    """Shares of 1; `error` is the standard error of `value`, `inner` a part of the bar."""

    name: str
    value: float
    error: float
    inner: float | None = None


def pictured(*, juries: int, right: Sequence[Bar], covered: Sequence[Bar], promised: float) -> str:
    """`right` by method, the first one ours; `covered` by what the intervals are of."""
    height = 150 + ROW * (len(right) + len(covered)) + 64
    said = "; ".join(f"{bar.name} {100 * bar.value:.1f} %" for bar in (*right, *covered))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(said)}" font-family="system-ui, sans-serif" font-size="14">',
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>',
        _text(24, 34, "The right three, by method", weight=600),
        _text(24, 54, "of the right three found; the darker part: all three right", fill=SOFT),
    ]
    top = 72
    for number, bar in enumerate(right):
        parts += _bar(bar, top + number * ROW, OURS if number == 0 else OTHERS)
    top += ROW * len(right) + 36
    parts += [
        _text(24, top, f"Truths inside the {100 * promised:.0f} % ranges", weight=600),
        _text(24, top + 20, f"the line is what is promised: {100 * promised:.0f} %", fill=SOFT),
    ]
    top += 38
    for number, bar in enumerate(covered):
        parts += _bar(bar, top + number * ROW, OURS, clear_of=_x(promised))
    at = _x(promised)
    bottom = top + ROW * len(covered)
    parts += [
        f'<path d="M{at:.1f} {top - 4}V{bottom}" stroke="{INK}" stroke-width="1.5" '
        'stroke-dasharray="4 3"/>',
        _text(
            24,
            bottom + 26,
            f"{juries:,} simulated juries; whiskers: two standard errors",
            fill=SOFT,
        ),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _bar(bar: Bar, top: float, colour: str, *, clear_of: float = 0) -> list[str]:
    """Its share is written behind it, right of `clear_of`."""
    middle = top + ROW / 2
    low, high = _x(max(bar.value - 2 * bar.error, 0)), _x(min(bar.value + 2 * bar.error, 1))
    at = max(high, clear_of) + 8
    parts = [
        _text(24, middle + 5, bar.name),
        f'<path d="M{LEFT} {middle}H{RIGHT}" stroke="{RULE}"/>',
        _box(top, bar.value, colour, 0.45 if bar.inner is not None else 0.8),
    ]
    if bar.inner is not None:
        parts.append(_box(top, bar.inner, colour, 1))
    parts.append(
        f'<path d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 4}v8M{high:.1f} '
        f'{middle - 4}v8" stroke="{INK}" stroke-width="1.5" fill="none"/>'
    )
    return [*parts, _text(at, middle + 5, f"{100 * bar.value:.1f} %", halo=True)]


def _box(top: float, share: float, colour: str, opacity: float) -> str:
    return (
        f'<rect x="{LEFT}" y="{top + 7:.1f}" width="{_x(share) - LEFT:.1f}" height="{ROW - 14}" '
        f'fill="{colour}" fill-opacity="{opacity:g}"/>'
    )


def _text(
    x: float, y: float, said: str, *, fill: str = INK, weight: int = 400, halo: bool = False
) -> str:
    behind = ' stroke="#ffffff" stroke-width="4" paint-order="stroke"' if halo else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-weight="{weight}"{behind}>'
        f"{escape(said)}</text>"
    )


def _x(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)
