"""While judging goes on: how sure the podium is, what more looks would change, where to look next.

The rule to stop is a posterior probability, which may be watched all evening: see
`ranking/stopping.py`.
"""

from dataclasses import dataclass

from gallery.act import Act
from gallery.database.tables import Submission
from gallery.judging import results
from gallery.names import isolated
from gallery.people.texts import percent

MORE = 3
"""Looks at each demo of which it is told what they would change."""
NEXT_MOST = 6
NAMED_MOST = 3
"""In the sentence; the table has more."""


@dataclass(frozen=True)
class Standing:
    """One demo that may yet join or leave the first three."""

    submission: Submission
    podium: float
    looks: int


@dataclass(frozen=True)
class Outlook:
    podium: tuple[Submission, ...]
    certainty: float
    """That these are the best three."""
    change: float
    """That the podium is another after `MORE` looks at each."""
    is_enough: bool
    next: tuple[Standing, ...]
    """Where looks tell most, the most open first."""

    @property
    def sentence(self) -> str:
        """In plain words."""
        names = _listed([one.title for one in self.podium])
        sure = f"{names} are the best three with a probability of {percent(self.certainty)}"
        if self.is_enough:
            return f"{sure}: sure enough to stop."
        look_on = _listed([one.submission.title for one in self.next[:NAMED_MOST]])
        change = f"{MORE} more looks at each demo would change that with {percent(self.change)}"
        return f"{sure}; {change}" + (f": look on at {look_on}." if look_on else ".")


def outlook(act: Act) -> Outlook | None:
    """None where there is nothing to watch: no score yet, or three demos or fewer.

    For who may know scores. Raises as `results.require_may_know`.
    """
    results.require_may_know(act)
    evidence = results.evidence_of(act.session, act.event)
    if len(evidence.demos) <= results.PODIUM or not (evidence.looks or evidence.comparisons):
        return None
    from gallery.judging.ranking import stopping  # as in `results`

    ranking = results.ranked(evidence)
    found = stopping.outlook(ranking)
    demos = {demo: act.session.get_one(Submission, demo) for demo in evidence.demos}
    standings = {int(one.demo): one for one in ranking.standings}
    return Outlook(
        podium=tuple(demos[int(demo)] for demo in found.podium),
        certainty=found.certainty,
        change=stopping.change_after(ranking, MORE),
        is_enough=found.stop,
        next=tuple(
            Standing(
                demos[int(demo)],
                standings[int(demo)].podium,
                standings[int(demo)].looks,
            )
            for demo in found.contested[:NEXT_MOST]
        ),
    )


def _listed(titles: list[str]) -> str:
    names = [f"“{isolated(title)}”" for title in titles]
    return (
        names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
    )
