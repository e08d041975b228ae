"""The graph of looks as a matrix: a row for each juror, a column for each demo."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gallery.pages.charts.drawing import Chart, box, label, line, together

NAMES = 26.0
HIGH = 20


@dataclass(frozen=True)
class Cell:
    """One juror and one demo, by their places in the lists."""

    juror: int
    demo: int
    is_done: bool


def looks(
    jurors: Sequence[str],
    demos: Sequence[str],
    cells: Sequence[Cell],
    *,
    islands: Sequence[int],
    judged: int,
) -> Chart:
    """`islands` has, for each demo, the number of the group that looks connect; demos of one group
    stand together, and lines part the groups. `judged` groups have a finished look."""
    each = (100 - NAMES - 1) / max(len(demos), 1)
    gap = min(each * 0.12, 0.3)
    marks: list[Markup] = []
    for place, name in enumerate(jurors):
        y = place * HIGH
        marks.append(line(NAMES + 1, y + HIGH, 100, y + HIGH, "grid"))
        marks.append(label(0, y + 15, name, to=NAMES))
    for cell in cells:
        said = f"{jurors[cell.juror]}, {demos[cell.demo]}: " + (
            "judged" if cell.is_done else "to be judged"
        )
        x = round(NAMES + 1 + cell.demo * each + gap, 3)
        kind = "done" if cell.is_done else "open"
        marks.append(
            box(x, cell.juror * HIGH + 3, round(each - 2 * gap, 3), HIGH - 6, kind, said=said)
        )
    for place in range(1, len(demos)):
        if islands[place] != islands[place - 1]:
            x = round(NAMES + 1 + place * each, 3)
            marks.append(line(x, 0, x, len(jurors) * HIGH, "island"))
    done = sum(cell.is_done for cell in cells)
    by_demo: dict[int, list[str]] = {}
    for cell in cells:
        by_demo.setdefault(cell.demo, []).append(
            jurors[cell.juror] + ("" if cell.is_done else " (to be judged)")
        )
    groups = (
        "all that is judged hangs together"
        if judged == 1
        else f"{judged} groups that no look connects yet"
        if judged
        else "nothing is judged yet"
    )
    return Chart(
        key="looks",
        title="Who looks at what",
        said=f"{done} of {len(cells)} looks are finished; {groups}",
        height=max(len(jurors) * HIGH, HIGH) + 4,
        marks=together(marks),
        columns=("Demo", "Group", "Jurors"),
        rows=tuple(
            (name, islands[place], ", ".join(by_demo.get(place, [])))
            for place, name in enumerate(demos)
        ),
        legend=(("done", "judged"), ("open", "to be judged")),
    )
