"""Charts: well formed, within their frame, safe with any name, and each with its table."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from gallery.judging.background.plans import Figure
from gallery.pages.charts.distributions import distribution
from gallery.pages.charts.drawing import Chart, Scale, ticks
from gallery.pages.charts.intervals import Range, intervals
from gallery.pages.charts.looks import Cell, looks
from gallery.pages.charts.over_time import finished_over_time
from gallery.pages.charts.places import Place, places
from gallery.pages.charts.planned import planned

HOSTILE = '</text></svg><script>alert("x")</script> مدينة &amp; "'
START = datetime(2026, 6, 20, tzinfo=UTC)
END = START + timedelta(days=5)


def qualities(*rows: Range) -> Chart:
    return intervals(
        rows,
        key="qualities",
        title="Qualities",
        said="Quality of demos",
        of="Demo",
        what="Quality",
        ends=("weaker", "stronger"),
        first="on the podium",
    )


def over_time(*hours: float, wanted: int = 10, now: datetime = END) -> Chart:
    times = [START + timedelta(hours=hour) for hour in hours]
    return finished_over_time(
        times, wanted=wanted, starts=START, ends=END, now=now, zone=ZoneInfo("Europe/Paris")
    )


CHARTS: dict[str, Callable[[], Chart]] = {
    "intervals": lambda: qualities(Range(HOSTILE, 1.5, -0.2, 2, True), Range("B", -1, -3, 0.5)),
    "no intervals": lambda: qualities(),
    "one interval without a width": lambda: qualities(Range("A", 0, 0, 0)),
    "intervals far from zero": lambda: qualities(Range("A", 50, 49, 51)),
    "a distribution": lambda: distribution("craft", HOSTILE, {1: 0, 2: 3, 3: 9}),
    "no score": lambda: distribution("craft", "Craft", {1: 0, 2: 0}),
    "no step": lambda: distribution("craft", "Craft", {}),
    "over time": lambda: over_time(1, 2, 2, 30),
    "a thousand over time": lambda: over_time(*(n / 10 for n in range(1000)), wanted=1000),
    "nothing yet": lambda: over_time(wanted=0, now=START),
    "more than was wanted": lambda: over_time(1, 2, 3, wanted=2),
    "looks": lambda: looks(
        [HOSTILE, "B"],
        ["x", HOSTILE, "z"],
        [Cell(0, 0, True), Cell(1, 0, False), Cell(1, 2, True)],
        islands=[1, 2, 3],
        judged=2,
    ),
    "no looks": lambda: looks([], [], [], islands=[], judged=0),
    "places": lambda: places(
        [Place(HOSTILE, 1, 1, 1, 0.97, 1.0, True), Place("B", 2, 2, 4, 0.02, 0.8, True)]
        + [Place(name, 3, 2, 5, 0.005, 0.4) for name in "CDE"],
        podium=3,
    ),
    "a single place": lambda: places([Place("A", 1, 1, 1, 1.0, 1.0, True)], podium=3),
    "no places": lambda: places([], podium=3),
    "a hundred places": lambda: places(
        [Place("x", at, max(at - 9, 1), min(at + 9, 100), 0.0, 0.1) for at in range(1, 101)],
        podium=3,
    ),
    "a plan": lambda: planned(
        [Figure(1, 7.5, 0.4, 0.8, 0.1, 0.05), Figure(2, 15, 1.0, 1.0, 0.5, 0.0)],
        jurors=8,
        said=HOSTILE,
    ),
    "a plan that has just begun": lambda: planned([], jurors=1, said="No figure"),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_well_formed_and_within_its_frame(name: str) -> None:
    chart = CHARTS[name]()
    drawn = ElementTree.fromstring(f"<svg>{chart.marks}</svg>")
    assert not list(drawn.iter("script"))
    for mark in drawn.iter():
        assert "style" not in mark.attrib
        for key, value in mark.attrib.items():
            if value.endswith("%"):
                assert -0.01 <= float(value[:-1]) <= 100.01, (mark.tag, key, value)
            elif key in ("y", "y1", "y2", "cy", "height"):
                assert -20 <= float(value) <= chart.height + 20, (mark.tag, key, value)
    assert chart.height > 0
    assert chart.said
    assert all(len(row) == len(chart.columns) for row in chart.rows)


@pytest.mark.parametrize("name", CHARTS)
def test_the_same_numbers_draw_the_same_chart(name: str) -> None:
    assert CHARTS[name]() == CHARTS[name]()


def test_the_table_behind_has_every_number() -> None:
    assert CHARTS["intervals"]().rows == ((HOSTILE, 1.5, -0.2, 2), ("B", -1, -3, 0.5))
    assert CHARTS["a distribution"]().rows == ((1, 0), (2, 3), (3, 9))
    assert over_time(1, 2, 2.5, 30).rows == (
        ("20 June, 03:59", 1),
        ("20 June, 04:59", 3),
        ("21 June, 08:59", 4),
    )
    assert CHARTS["places"]().rows[:2] == (
        (HOSTILE, 1, 1, 1, 97, 100),
        ("B", 2, 2, 4, 2, 80),
    )
    assert CHARTS["looks"]().rows[0] == ("x", 1, f"{HOSTILE}, B (to be judged)")


def test_islands_are_parted_and_told() -> None:
    chart = CHARTS["looks"]()
    assert str(chart.marks).count('class="island"') == 2
    assert chart.said == "2 of 3 looks are finished; 2 groups that no look connects yet"


def test_a_stronger_demo_lies_further_right() -> None:
    places = re.findall(
        r'<circle class="mark[^"]*" cx="([\d.]+)%', str(CHARTS["intervals"]().marks)
    )
    assert float(places[0]) > float(places[1])


def test_a_better_place_lies_further_left_and_whole_places_are_marked() -> None:
    drawn = str(CHARTS["places"]().marks)
    at = [float(x) for x in re.findall(r'<circle class="mark[^"]*" cx="([\d.]+)%', drawn)]
    assert at[0] < at[1] < at[2] == at[3]
    assert re.findall(r'class="tick"[^>]*>(\d+)<', drawn) == ["1", "2", "3", "4", "5"]


def test_places_say_in_words_how_sure_they_are() -> None:
    said = CHARTS["places"]().said
    assert said.startswith("Places of 5 demos")
    assert "the place of 1 is sure" in said
    assert said.endswith("place 1, with 90 % 1")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-2.2, 2.1, (-2, -1, 0, 1, 2)),
        (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (49, 51, (49, 49.5, 50, 50.5, 51)),
        (3, 3, (3,)),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, expected: tuple[float, ...]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


def test_a_scale_keeps_what_lies_outside_at_its_ends() -> None:
    across = Scale(0, 10, 20, 100)
    assert [across(value) for value in (-5, 0, 5, 10, 99)] == [20, 20, 60, 100, 100]
    assert Scale(1, 1)(1) == 50
