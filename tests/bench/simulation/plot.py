"""Waits against hosts, as an SVG that a page may show in light and dark."""

from collections.abc import Sequence
from math import log10

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 50, 50
COLOURS = {"p50": "#2a7de1", "p95": "#d9480f"}
INK = "#777"


def plot(points: Sequence[tuple[int, float, float]], *, visitors: int, within: float) -> str:
    """Points are (hosts, p50, p95); seconds stand on a logarithmic scale."""
    hosts = [point[0] for point in points]
    waits = [value for point in points for value in point[1:]] + [within]
    low, high = log10(min(waits) / 1.3), log10(max(waits) * 1.3)

    def x(count: float) -> float:
        span = max(hosts) - min(hosts) or 1
        return LEFT + (count - min(hosts)) / span * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (log10(value) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="13" fill="{INK}">',
        f'<text x="{LEFT}" y="24" font-size="16">Seconds to a picture, '
        f"{visitors:,} visitors</text>",
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">TPU v4-8</text>',
    ]
    for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000):
        if low <= log10(tick) <= high:
            lines.append(_rule(y(tick), 0.25))
            lines.append(
                f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
            )
    for count in hosts:
        lines.append(
            f'<text x="{x(count):.1f}" y="{HEIGHT - 30}" text-anchor="middle">{count}</text>'
        )
    lines.append(_rule(y(within), 1, dashed=True))
    for index, (name, colour) in enumerate(COLOURS.items(), start=1):
        path = " ".join(f"{x(point[0]):.1f},{y(point[index]):.1f}" for point in points)
        lines.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
        )
        for point in points:
            lines.append(
                f'<circle cx="{x(point[0]):.1f}" cy="{y(point[index]):.1f}" r="4" fill="{colour}"/>'
            )
        lines.append(
            f'<text x="{WIDTH - RIGHT - 120 + 60 * index}" y="24" text-anchor="end" '
            f'fill="{colour}">{name}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


def _rule(y: float, opacity: float, *, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="6 4"' if dashed else ""
    return (
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{INK}" '
        f'stroke-opacity="{opacity:g}"{dashes}/>'
    )
