"""The model: what is unknown about demos, jurors and scales, and what is thought of it beforehand.

Juror j, at moment x of their evening (from -1/2 to 1/2), gives demo d on criterion c at least the
step k with probability

    F(a_j (theta_dc + v_jd - s_j + g x - tau_ck)),        F the logistic function,

which is many-facet Rasch measurement (Linacre, "Many-facet Rasch measurement", 1989) with a
discrimination for each juror (graded responses: Samejima 1969):

    theta_dc   quality on a criterion, normal with variance quality² + criterion², covariance
               quality² between criteria; a demo's quality is the mean over criteria by their share
    v_jd       what this juror saw in this demo beyond its quality, on all criteria alike, normal
               with variance taste²: without it ten criteria of one juror count as ten jurors
               (testlets: Bradlow, Wainer & Wang, "A Bayesian random effects model for testlets",
               1999; raters: Patz et al., "The hierarchical rater model", 2002)
    s_j        severity, normal with variance severity²
    a_j        consistency, log-normal around 1
    tau_ck     thresholds, in order; beforehand normal with variance threshold², and as if every
               step had been given half a time at quality 0, which keeps unused steps open
    g          what a whole evening of looking adds, the same for all jurors

A comparison says at least "equal", or "left", with probability

    F(m a_j (q_left - q_right) + h ± e),

Bradley & Terry's model ("Rank analysis of incomplete block designs", 1952) with ties by thresholds
(Rao & Kupper, "Ties in paired-comparison experiments", 1967; Davidson 1970 is close to it): h what
standing left adds, e half the width of "equal" (nothing when nobody ever said it), m how much
sharper a comparison is than a score. Both kinds are one likelihood over the same q and a.
"""

from dataclasses import dataclass

import numpy as np

from gallery.judging.ranking.layout import Floats, Layout

HELD = 1e-6
"""The spread of what is held at its centre."""


@dataclass(frozen=True)
class LogNormal:
    """What is thought of a scale beforehand; a spread of 0 holds it at its median."""

    median: float
    spread: float
    """Standard deviation of the logarithm."""


@dataclass(frozen=True)
class Priors:
    """On the scale of logits of a juror of average consistency."""

    quality: LogNormal = LogNormal(1.0, 0.5)
    criterion: LogNormal = LogNormal(0.5, 0.5)
    taste: LogNormal = LogNormal(0.5, 0.5)
    severity: LogNormal = LogNormal(0.7, 0.5)
    threshold: LogNormal = LogNormal(1.5, 0.5)
    consistency: float = 0.25
    """Standard deviation of the logarithm of a juror's consistency."""
    order: float = 0.3
    """Standard deviation of what an evening adds."""
    side: float = 0.3
    """Standard deviation of what standing left adds."""
    equal: LogNormal = LogNormal(0.5, 0.7)
    """Half the width of "equal"."""
    sharper: float = 0.5
    """Standard deviation of the logarithm of how much sharper a comparison is."""
    steps: float = 0.5
    """How often each step of a scale is thought to have been given at quality 0."""


PRIORS = Priors()


@dataclass(frozen=True)
class Spreads:
    """The standard deviations that are estimated."""

    quality: float
    criterion: float
    taste: float
    severity: float
    threshold: float = 1.5


@dataclass(frozen=True)
class Places:
    """Where each shared unknown lies among all `G`."""

    jurors: int
    criteria: int
    cuts: int
    """K - 1"""

    @property
    def severity(self) -> slice:
        return slice(0, self.jurors)

    @property
    def consistency(self) -> slice:
        """Its logarithm."""
        return slice(self.jurors, 2 * self.jurors)

    @property
    def thresholds(self) -> slice:
        return slice(2 * self.jurors, 2 * self.jurors + self.criteria * self.cuts)

    @property
    def order(self) -> int:
        return 2 * self.jurors + self.criteria * self.cuts

    @property
    def side(self) -> int:
        return self.order + 1

    @property
    def equal(self) -> int:
        """Its logarithm."""
        return self.order + 2

    @property
    def sharper(self) -> int:
        """Its logarithm."""
        return self.order + 3

    @property
    def count(self) -> int:
        return self.order + 4


def places_of(layout: Layout) -> Places:
    steps = layout.steps
    return Places(len(layout.jurors), len(steps), int(steps.max()) - 1)


@dataclass(frozen=True)
class State:
    """A value for everything unknown."""

    theta: Floats  # [D, C]
    taste: tuple[Floats, ...]  # one [b, n] for each block
    shared: Floats  # [G]


def first_state(layout: Layout, priors: Priors) -> State:
    """Where plain means of the scores put everybody, each score at the middle of its step."""
    places = places_of(layout)
    shared = np.zeros(places.count)
    shared[places.equal] = np.log(priors.equal.median)
    J, C = places.jurors, places.criteria
    cuts, middles = np.zeros((C, places.cuts)), np.zeros((C, places.cuts + 1))
    for place, steps in enumerate(layout.steps):
        counts = layout.counts[place, :steps] + max(priors.steps, 0.5)
        below = np.cumsum(counts)[:-1] / counts.sum()
        own = 1.3 * np.log(below / (1 - below))
        cuts[place, : steps - 1] = own
        padded = np.concatenate([own[:1] - 2, own, own[-1:] + 2])
        middles[place, :steps] = (padded[1:] + padded[:-1]) / 2
    shared[places.thresholds] = cuts.ravel()
    levels = [middles[np.arange(C), block.step] for block in layout.blocks]  # each [b, n, C]
    sums, counts = np.zeros(J), np.zeros(J)
    for block, level in zip(layout.blocks, levels, strict=True):
        sums += block.by_juror @ (level * block.seen).sum(-1).ravel()
        counts += block.by_juror @ block.seen.sum(-1).ravel()
    shared[places.severity] = -sums / (counts + 4)
    theta, tastes = np.zeros((len(layout.demos), C)), []
    for block, level in zip(layout.blocks, levels, strict=True):
        severity = np.append(shared[places.severity], 0.0)[block.juror]
        level = (level + severity[..., None]) * block.seen
        theta[block.demos] = level.sum(1) / (block.seen.sum(1) + 1)
        rest = (level - theta[block.demos][:, None] * block.seen).sum(-1)
        tastes.append(rest / (block.seen.sum(-1) + 6))
    return State(theta, tuple(tastes), shared)


def centre_and_precision(places: Places, priors: Priors, spreads: Spreads) -> tuple[Floats, Floats]:
    """Of the shared unknowns beforehand, each [G]; those that a short scale lacks stay at 0."""
    centre, spread = np.zeros(places.count), np.full(places.count, np.inf)
    spread[places.severity] = spreads.severity
    spread[places.consistency] = priors.consistency
    spread[places.thresholds] = spreads.threshold
    spread[places.order] = priors.order
    spread[places.side] = priors.side
    centre[places.equal], spread[places.equal] = np.log(priors.equal.median), priors.equal.spread
    spread[places.sharper] = priors.sharper
    return centre, np.maximum(spread, HELD) ** -2.0
