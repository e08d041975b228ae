"""A line of steps: finished ballots over time, up to all that were handed out."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from gallery.pages.charts.drawing import Chart, Scale, box, line, tick, together

HIGH = 140
TOP, LEFT = 12, 8.0
STEPS_MOST = 200
"""More would be finer than a screen."""
ROWS_MOST = 60


def finished_over_time(
    times: Sequence[datetime],
    *,
    wanted: int,
    starts: datetime,
    ends: datetime,
    now: datetime,
    zone: ZoneInfo,
) -> Chart:
    """`times` of all finished ballots; judging is open from `starts` to `ends`."""
    times = sorted(times)
    last = max(ends, *times, starts) if times else ends
    across = Scale(starts.timestamp(), last.timestamp(), LEFT, 99)
    most = max(wanted, len(times), 1)

    def down(count: int) -> float:
        return round(TOP + HIGH * (1 - count / most), 1)

    marks: list[Markup] = [
        line(LEFT, down(wanted), 99, down(wanted), "wanted"),
        line(LEFT, TOP + HIGH, 99, TOP + HIGH, "axis"),
        tick(LEFT - 1, down(wanted) + 4, wanted, anchor="end"),
        tick(LEFT - 1, TOP + HIGH + 4, 0, anchor="end"),
        tick(LEFT, TOP + HIGH + 20, _brief(starts, zone), anchor="start"),
        tick(99, TOP + HIGH + 20, _brief(last, zone), anchor="end"),
    ]
    if starts < now < last:
        x = across(now.timestamp())
        marks.append(line(x, TOP, x, TOP + HIGH, "now"))
        marks.append(tick(x, TOP + HIGH + 20, "now" if 15 < x < 80 else ""))
    x, count = across(starts.timestamp()), 0
    stride = max(len(times) // STEPS_MOST, 1)
    for place in [*range(stride - 1, len(times), stride), *([len(times) - 1] if times else [])]:
        to = across(times[place].timestamp())
        if to > x:
            marks.append(box(x, down(count), round(to - x, 2), TOP + HIGH - down(count), "area"))
        marks.append(line(x, down(count), to, down(count), "step"))
        marks.append(line(to, down(count), to, down(place + 1), "step"))
        x, count = to, place + 1
    until = across(min(max(now, starts), last).timestamp())
    if until > x:
        marks.append(box(x, down(count), round(until - x, 2), TOP + HIGH - down(count), "area"))
        marks.append(line(x, down(count), until, down(count), "step"))
    return Chart(
        key="over-time",
        title="Progress over time",
        said=f"{len(times)} of {wanted} looks are finished",
        height=TOP + HIGH + 28,
        marks=together(marks),
        columns=("Until", "Finished"),
        rows=_rows(times, zone),
    )


def _rows(times: Sequence[datetime], zone: ZoneInfo) -> tuple[tuple[object, ...], ...]:
    """The count at the end of each hour in which somebody finished."""
    hours: dict[str, int] = {}
    for count, when in enumerate(times, 1):
        hours[when.astimezone(zone).strftime("%-d %B, %H:59")] = count
    return tuple(hours.items())[-ROWS_MOST:]


def _brief(when: datetime, zone: ZoneInfo) -> str:
    return when.astimezone(zone).strftime("%-d %b, %H:%M")
