"""A plan's figures: how often the winner is right, by looks at each demo, with standard errors."""

from collections.abc import Sequence

from markupsafe import Markup

from gallery.judging.background.plans import ASSURANCE, Figure, looks_for
from gallery.pages.charts.drawing import Chart, Scale, dot, line, tick, together
from gallery.people.texts import percent

HIGH, TOP, LEFT = 200, 12, 9.0


def planned(figures: Sequence[Figure], *, jurors: int, said: str) -> Chart:
    """Its axes are there before the first figure is."""
    columns = looks_for(jurors)
    across = Scale(0, max(len(columns) - 1, 1), LEFT + 5, 95)

    def down(share: float) -> float:
        return round(TOP + HIGH * (1 - min(max(share, 0.0), 1.0)), 1)

    marks: list[Markup] = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        marks.append(line(LEFT, down(share), 100, down(share), "grid"))
        marks.append(tick(LEFT - 1, down(share) + 4, percent(share), anchor="end"))
    marks.append(line(LEFT, down(ASSURANCE), 100, down(ASSURANCE), "wanted"))
    marks += [tick(across(at), TOP + HIGH + 20, looks) for at, looks in enumerate(columns)]
    for at, one in enumerate(figures[: len(columns)]):
        x = across(at)
        if at:
            before, was = across(at - 1), figures[at - 1]
            marks.append(line(before, down(was.among), x, down(one.among), "second"))
            marks.append(line(before, down(was.winner), x, down(one.winner), "step"))
        error = (down(one.winner - one.error), down(one.winner + one.error))
        marks.append(line(x, error[0], x, error[1], "range first"))
        words = f"{one.looks} looks: {percent(one.winner)} ± {percent(one.error)}"
        marks.append(dot(x, down(one.among), "mark", radius=4))
        marks.append(dot(x, down(one.winner), "mark first", said=words))
    return Chart(
        key="plan",
        title="How often the winner is right, by looks at each demo",
        said=said,
        height=TOP + HIGH + 28,
        marks=together(marks),
        columns=("Looks", "Each juror", "Winner right", "±", "Best in 1-3", "All of 1-3"),
        rows=tuple(
            (
                one.looks,
                round(one.load, 1),
                percent(one.winner),
                percent(one.error),
                percent(one.among),
                percent(one.podium),
            )
            for one in figures
        ),
        legend=(
            ("first", "the winner is the best demo (± standard error)"),
            ("", "the best demo is among the first three"),
        ),
        wide=True,
    )
