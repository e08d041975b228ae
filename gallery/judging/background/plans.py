"""A plan: how many looks make the winner right, for so many demos and jurors, by simulation."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from gallery.errors import Invalid
from gallery.judging.background.reckoner import Job
from gallery.judging.background.task import Task
from gallery.judging.ranking.evidence import Scale
from gallery.judging.ranking.figure import Figure
from gallery.people.texts import count_of, percent

DEMOS_MOST, JURORS_MOST = 300, 60
"""More would take hours."""
LOOKS = (1, 2, 3, 4, 5, 6, 8, 10, 12)
FIGURES_MOST = 7
ASSURANCE = 0.9


def looks_for(jurors: int) -> tuple[int, ...]:
    """For which figures are made: nobody looks twice."""
    return tuple(looks for looks in LOOKS if looks <= jurors)[:FIGURES_MOST]


def task_for(*, demos: int, jurors: int, scales: Sequence[Scale], juries: int = 100) -> Task:
    """Raises `Invalid` for what cannot be simulated, or would take too long."""
    for field, what, value, least, most in (
        ("demos", "demos", demos, 2, DEMOS_MOST),
        ("jurors", "jurors", jurors, 1, JURORS_MOST),
    ):
        if not least <= value <= most:
            raise Invalid(
                f"a plan is for {least} to {most} {what}, got {value}; choose a number between",
                field=field,
            )
    if not scales:
        raise Invalid(
            "a plan takes a rubric, and the event file has no criteria; add some", field="demos"
        )
    looks = looks_for(jurors)
    told = {
        "demos": demos,
        "jurors": jurors,
        "juries": juries,
        "looks": looks,
        "scales": [asdict(scale) for scale in scales],
    }
    return Task("plan", "", json.dumps(told), len(looks))


def reckon(told: str) -> Iterator[dict[str, Any]]:
    """A figure for each number of looks, as each is there. Takes seconds for each."""
    from gallery.judging.ranking.planning import plan
    from gallery.judging.ranking.simulation import Jury

    wish = json.loads(told)
    jury = Jury(wish["demos"], wish["jurors"], scales=[Scale(**scale) for scale in wish["scales"]])
    for figure in plan(jury, wish["looks"], juries=wish["juries"]):
        yield asdict(figure)


def figures(job: Job) -> tuple[Figure, ...]:
    return tuple(Figure(**part) for part in job.parts)


def enough(found: Sequence[Figure]) -> Figure | None:
    """The fewest looks of which the winner is right in 90 %; None when none of them suffices."""
    return next((one for one in found if one.winner >= ASSURANCE), None)


def in_words(found: Sequence[Figure], *, is_whole: bool) -> str:
    """The answer in a sentence, with how sure it is."""
    if not found:
        return "No figure is there yet."
    best = enough(found)
    if best is not None:
        return (
            f"{count_of(best.looks, 'look', 'looks')} at each demo: the winner is right in "
            f"{percent(best.winner)} (± {percent(best.error)}) of such juries, and each juror "
            f"looks at about {best.load:.0f} demos."
        )
    last = max(found, key=lambda one: one.winner)
    so_far = "" if is_whole else " so far"
    return (
        f"None{so_far} suffices for 90 %: with {count_of(last.looks, 'look', 'looks')} the winner "
        f"is right in {percent(last.winner)} (± {percent(last.error)}), and the best demo is among "
        f"the first three in {percent(last.among)}. The best are often too close to tell; more "
        "jurors would help, or several looks at those alone that may yet win."
    )
