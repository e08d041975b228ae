"""Bars of how often each score was given on a criterion."""

from collections.abc import Mapping

from markupsafe import Markup

from gallery.pages.charts.drawing import Chart, box, line, tick, together

HIGH = 96
"""Pixels of the tallest bar."""
TOP = 20


def distribution(key: str, name: str, counts: Mapping[int, int]) -> Chart:
    """`counts` has every score that can be given, also those that nobody gave."""
    most = max(counts.values(), default=0)
    whole = sum(counts.values())
    each = 100 / max(len(counts), 1)
    marks: list[Markup] = []
    for place, (score, count) in enumerate(sorted(counts.items())):
        height = round(HIGH * count / most, 1) if most else 0
        middle = round((place + 0.5) * each, 2)
        said = f"{score}: {count} times"
        marks.append(
            box(round(place * each + 1, 2), TOP + HIGH - height, each - 2, height, "bar", said=said)
        )
        if count:
            marks.append(tick(middle, TOP + HIGH - height - 4, count))
        marks.append(tick(middle, TOP + HIGH + 18, score))
    marks.append(line(0, TOP + HIGH, 100, TOP + HIGH, "axis"))
    often = max(counts, key=lambda score: counts[score], default=None)
    said = (
        f"{name}: {whole} scores, {often} most often, {most} times"
        if whole
        else f"{name}: no score"
    )
    return Chart(
        key=f"scores-{key}",
        title=name,
        said=said,
        height=TOP + HIGH + 24,
        marks=together(marks),
        columns=("Score", "Given"),
        rows=tuple(sorted(counts.items())),
    )
