"""Pictures on the jury's board that tell no score: progress over time, who looks at what."""

from datetime import datetime

from gallery.event.event import Event, PhaseKey
from gallery.judging.islands import islands
from gallery.judging.progress import Progress
from gallery.pages.charts.drawing import Chart
from gallery.pages.charts.looks import Cell, looks
from gallery.pages.charts.over_time import finished_over_time


def jury_charts(event: Event, now: datetime, found: Progress) -> tuple[Chart, ...]:
    """None before anything is handed out."""
    if not found.assigned:
        return ()
    phase = event.phase(PhaseKey.JUDGING)
    group = islands([one.submission.id for one in found.demos], found.finished)
    judged = {group[demo] for _, demo in found.finished}
    demos = sorted(found.demos, key=lambda one: (group[one.submission.id], one.submission.id))
    places = {one.submission.id: place for place, one in enumerate(demos)}
    people = {one.account.id: place for place, one in enumerate(found.jurors)}
    pairs = {(one.account_id, one.submission_id) for one in found.given} | found.finished
    return (
        finished_over_time(
            found.times,
            wanted=found.assigned,
            starts=phase.starts,
            ends=phase.ends,
            now=now,
            zone=event.zone,
        ),
        looks(
            [one.name for one in found.jurors],
            [one.submission.title for one in demos],
            [
                Cell(people[juror], places[demo], (juror, demo) in found.finished)
                for juror, demo in sorted(pairs)
                if juror in people
            ],
            islands=[group[one.submission.id] for one in demos],
            judged=len(judged),
        ),
    )
