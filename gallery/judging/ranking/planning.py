"""Before judging: how many looks at each demo make the winner right, by simulation.

Each simulated jury is ranked by the real model, its spreads at their peak. Juries differ as the
priors have it: some are lenient, some scattered, and some sets of demos lie close together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from gallery.judging.ranking.figure import Figure
from gallery.judging.ranking.fit import PODIUM
from gallery.judging.ranking.layout import lay_out
from gallery.judging.ranking.model import PRIORS, Priors, Spreads
from gallery.judging.ranking.scaling import priors_of
from gallery.judging.ranking.simulation import Evening, Jury, evening
from gallery.judging.ranking.spreads import peak_of_spreads

JURIES = 100
SEED = 20230417


def plan(
    jury: Jury,
    looks: Sequence[int],
    *,
    juries: int = JURIES,
    priors: Priors = PRIORS,
    seed: int = SEED,
) -> Iterator[Figure]:
    """A figure for each number of looks in turn, as each costs seconds; no more than jurors.

    The same juries are simulated for each number, so that the curve is smoother than its error.
    """
    for count in looks:
        right = np.zeros(3)
        for number in range(juries):
            random = np.random.default_rng((seed, number))
            spreads = drawn_spreads(priors, random)
            right += _right(evening(replace(jury, looks=count, spreads=spreads), random), priors)
        winner, among, podium = (right / juries).tolist()
        yield Figure(
            looks=count,
            load=jury.demos * min(count, jury.jurors) / max(jury.jurors, 1),
            winner=winner,
            among=among,
            podium=podium,
            error=float(np.sqrt(winner * (1 - winner) / juries)),
        )


def enough(figures: Sequence[Figure], assurance: float = 0.9) -> Figure | None:
    """The fewest looks of which the winner is right that often; None when none of them suffices."""
    return min(
        (figure for figure in figures if figure.winner >= assurance),
        key=lambda figure: figure.looks,
        default=None,
    )


def drawn_spreads(priors: Priors, random: Generator) -> Spreads:
    """As the priors have them."""
    draws = random.normal(size=len(priors_of(priors)))
    logs = [
        np.log(prior.median) + prior.spread * draw
        for prior, draw in zip(priors_of(priors), draws, strict=True)
    ]
    return Spreads(*(float(each) for each in np.exp(logs)))


def _right(night: Evening, priors: Priors) -> tuple[bool, bool, bool]:
    layout = lay_out(night.demos, night.jurors, night.scales, night.scores, night.comparisons)
    peak = peak_of_spreads(layout, priors).peaks[0]
    found = np.argsort(-(peak.state.theta @ peak.solved.share), kind="stable")
    true = np.argsort(-night.truth.quality)
    podium = set(found[:PODIUM].tolist())
    return (
        bool(found[0] == true[0]),
        int(true[0]) in podium,
        podium == set(true[:PODIUM].tolist()),
    )
