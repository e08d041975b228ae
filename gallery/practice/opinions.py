"""What the programs on a jury think of each demo: a simulated evening, the same at each start."""

from collections.abc import Sequence
from dataclasses import dataclass

from gallery.event.event import Event
from gallery.judging.ballots import Said
from gallery.judging.evidence import scales

SEED = 6
COMMENTS = (
    "It does what its text promises, and at once. I would show it to a class.",
    "The idea is good. A word on what to draw first would help.",
    "The lines are followed well; the colours less so.",
    "I had to try three times until I saw what it is for.",
    "",
)
"""For the teams; not every juror writes one."""


@dataclass(frozen=True)
class Opinions:
    """By juror and demo, both in the order in which they were named."""

    said: dict[tuple[str, str], Said]
    liking: dict[tuple[str, str], float]
    """As shares of the scales, by the criteria's weights."""

    def better(self, juror: str, left: str, right: str) -> str:
        """How they compare two: `left`, `right` or `equal`."""
        one, other = self.liking[juror, left], self.liking[juror, right]
        return "equal" if one == other else "left" if one > other else "right"


def drawn(event: Event, jurors: Sequence[str], demos: Sequence[str]) -> Opinions:
    import numpy as np  # here, since only the jury's process needs it

    from gallery.judging.ranking.simulation import Jury, evening

    criteria = scales(event.rubric)
    night = evening(
        Jury(len(demos), len(jurors), looks=len(jurors), scales=criteria),
        np.random.default_rng(SEED),
    )
    scores: dict[tuple[str, str], dict[str, int]] = {}
    for one in night.scores:
        pair = jurors[int(one.juror)], demos[int(one.demo)]
        scores.setdefault(pair, {})[one.criterion] = one.value
    return Opinions(
        {
            pair: Said(given, comment=COMMENTS[number % len(COMMENTS)])
            for number, (pair, given) in enumerate(scores.items())
        },
        {
            pair: sum(
                each.share * (given[each.key] - each.lowest) / (each.highest - each.lowest)
                for each in criteria
            )
            for pair, given in scores.items()
        },
    )
