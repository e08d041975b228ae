"""During judging: is the podium sure enough to stop, and would more looks change it?

The rule stops when the posterior probability that the present podium is the right one reaches an
assurance. A posterior probability is a martingale over looks, whatever was decided on the way, so
it may be watched all evening: at any moment chosen by what was seen,

    P(the podium is right | stopped) = E[posterior probability at stopping | stopped] ≥ assurance

by optional stopping (Doob, "Stochastic processes", 1953; Rouder, "Optional stopping: no problem for
Bayesians", 2014), over juries as the priors have them. A test that is repeated until it succeeds
has no such bound. `tests/gallery/judging/test_stopping.py` watches simulated juries.
"""

from dataclasses import dataclass

import numpy as np

from gallery.judging.ranking.evidence import Id
from gallery.judging.ranking.fit import PODIUM, Ranking
from gallery.judging.ranking.layout import Floats

ASSURANCE = 0.9
CONTESTED = 0.05
"""A demo whose probability of the podium is further than this from 0 and 1 is contested."""


@dataclass(frozen=True)
class Outlook:
    podium: tuple[Id, ...]
    """As a set: in which order is another question."""
    certainty: float
    """The probability that these are the best three."""
    winner: float
    """The probability that the first is the best."""
    stop: bool
    contested: tuple[Id, ...]
    """Demos that may yet join or leave the podium: the ones to look at next, the closest first."""


def outlook(ranking: Ranking, *, assurance: float = ASSURANCE) -> Outlook:
    """With three demos or fewer there is nothing to be decided."""
    demos = [standing.demo for standing in ranking.standings]
    certainty = float(_holds(ranking.draws).mean()) if demos else 1.0
    chances = {standing.demo: standing.podium for standing in ranking.standings}
    contested = [demo for demo in demos if CONTESTED < chances[demo] < 1 - CONTESTED]
    return Outlook(
        podium=tuple(demos[:PODIUM]),
        certainty=certainty,
        winner=float(ranking.standings[0].places[0]) if demos else 1.0,
        stop=certainty >= assurance,
        contested=tuple(sorted(contested, key=lambda demo: abs(chances[demo] - 0.5))),
    )


def change_after(ranking: Ranking, looks: int) -> float:
    """The probability that the podium will be another after so many more looks at each demo.

    What is learnt by then is the part 1 - n / (n + looks) of each quality's present variance, n the
    looks so far; so means will move like draws that are drawn in by its root (the distribution of
    the posterior mean before the data: Raiffa & Schlaifer, "Applied statistical decision theory",
    1961).
    """
    if not ranking.standings:
        return 0.0
    have = np.array([standing.looks + standing.comparisons for standing in ranking.standings])
    root = np.sqrt(looks / np.maximum(have + looks, 1))
    mean = np.array([standing.quality for standing in ranking.standings])
    return float(1 - _holds(mean + root * (ranking.draws - mean)).mean())


def _holds(qualities: Floats) -> Floats:  # [N]
    """Where the first three of the ranking, which are the first columns, are the best three."""
    if qualities.shape[1] <= PODIUM:
        return np.ones(len(qualities))
    return qualities[:, :PODIUM].min(1) > qualities[:, PODIUM:].max(1)
