"""The ranking of demos by a jury: qualities, how sure they are, and what cannot be told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field

import numpy as np

from gallery.judging.ranking.equations import padded_thresholds
from gallery.judging.ranking.evidence import Comparison, Id, Scale, Score
from gallery.judging.ranking.layout import Floats, Ints, Layout, lay_out
from gallery.judging.ranking.mixing import Normals, draw, quantile
from gallery.judging.ranking.model import PRIORS, Priors, Spreads
from gallery.judging.ranking.spreads import Mixture, mixture_of

SURE = 0.95
"""How probable an order of two must be to be told apart."""
PODIUM = 3
INTERVAL = 0.90


@dataclass(frozen=True)
class Interval:
    """The middle 90 % of what is probable."""

    lower: float
    upper: float


@dataclass(frozen=True)
class Standing:
    """One demo. Qualities are logits above the average demo of this event."""

    demo: Id
    rank: int
    """By mean quality, from 1; equals share the better one."""
    quality: float
    interval: Interval
    podium: float
    """The probability of being among the first three."""
    places: Floats = field(compare=False)
    """[D], the probability of each place, the first first."""
    criteria: Mapping[str, float]
    """Quality on each criterion."""
    looks: int
    comparisons: int
    island: int
    """Demos of different islands were compared by nobody, not even through others."""


@dataclass(frozen=True)
class JurorStanding:
    """One juror, beside the average one."""

    juror: Id
    severity: float
    interval: Interval
    consistency: float
    """1 is average; noise is its inverse."""
    looks: int
    comparisons: int


@dataclass(frozen=True)
class Ranking:
    """All that the scores and comparisons say; standings by rank."""

    standings: tuple[Standing, ...]
    jurors: tuple[JurorStanding, ...]
    thresholds: Mapping[str, tuple[float, ...]]
    """Of each criterion: where one step gives way to the next."""
    order_effect: float
    """What a whole evening of looking adds, in logits."""
    order_interval: Interval
    spreads: Spreads
    tied: tuple[tuple[Id, ...], ...]
    """Longest runs of neighbours by rank of which the first and the last cannot be told apart."""
    islands: int
    """More than one: groups between which only what was thought beforehand compares."""
    draws: Floats = field(compare=False, repr=False)
    """[N, D], equally likely qualities of the standings."""

    def above(self, demo: Id, other: Id) -> float:
        """The probability that the first is better than the second."""
        at = {standing.demo: place for place, standing in enumerate(self.standings)}
        return float((self.draws[:, at[demo]] > self.draws[:, at[other]]).mean())


def rank(
    demos: Sequence[Id],
    jurors: Sequence[Id],
    scales: Sequence[Scale],
    scores: Sequence[Score],
    comparisons: Sequence[Comparison] = (),
    *,
    priors: Priors = PRIORS,
) -> Ranking:
    """Says ValueError for scores and comparisons that do not belong (`lay_out`).

    Demos and jurors without a score have what was thought of them beforehand. The order of demos,
    jurors, scores and comparisons makes no difference; nor do the names of demos and jurors.
    """
    layout = lay_out(demos, jurors, scales, scores, comparisons)
    return ranking_of(layout, mixture_of(layout, priors))


def ranking_of(layout: Layout, mixture: Mixture) -> Ranking:
    normals = Normals.of(mixture)
    mean = normals.mean
    order = np.lexsort((np.arange(len(mean)), -mean))
    draws = draw(mixture, order)
    islands = layout.islands()
    return Ranking(
        standings=_standings(layout, mixture, normals, order, draws, islands),
        jurors=_jurors(layout, mixture),
        thresholds=_thresholds(layout, mixture),
        order_effect=(order_effect := _shared(mixture, "order")).mean[0].item(),
        order_interval=_interval(order_effect, 0),
        spreads=_mean_spreads(mixture),
        tied=_tied([layout.demos[place] for place in order], draws),
        islands=len(np.unique(islands)),
        draws=draws,
    )


def _standings(
    layout: Layout, mixture: Mixture, normals: Normals, order: Ints, draws: Floats, islands: Ints
) -> tuple[Standing, ...]:
    D = len(order)
    places = place_probabilities(draws)
    podium = places[:, :PODIUM].sum(1)
    lower, upper = (quantile(normals, (1 + sign * INTERVAL) / 2) for sign in (-1, 1))
    theta = sum(
        weight * (peak.state.theta - peak.state.theta.sum(0) / max(D, 1))
        for weight, peak in zip(mixture.weights, mixture.peaks, strict=True)
    )
    looks = layout.seen.sum(1)
    pairs = layout.pairs
    compared = np.bincount(np.concatenate([pairs.left, pairs.right]), minlength=D)
    keys = [scale.key for scale in layout.scales]
    ranks = np.ones(D, dtype=int)
    for place in range(1, D):
        level = normals.mean[order[place - 1]] - normals.mean[order[place]] < 1e-9
        ranks[place] = ranks[place - 1] if level else place + 1
    return tuple(
        Standing(
            demo=layout.demos[at],
            rank=int(ranks[place]),
            quality=float(normals.mean[at]),
            interval=Interval(float(lower[at]), float(upper[at])),
            podium=float(podium[place]),
            places=places[place],
            criteria=dict(zip(keys, np.asarray(theta)[at].tolist(), strict=False)),
            looks=int(looks[at]),
            comparisons=int(compared[at]),
            island=int(islands[at]),
        )
        for place, at in enumerate(order)
    )


def place_probabilities(draws: Floats) -> Floats:  # [D, D]
    """Of each demo and place."""
    N, D = draws.shape
    order = np.argsort(-draws, axis=1, kind="stable")
    cells = order * D + np.arange(D)
    return np.bincount(cells.ravel(), minlength=D * D).reshape(D, D) / max(N, 1)


def _shared(mixture: Mixture, name: str) -> Normals:
    """Some of what all demos share."""
    place = getattr(mixture.peaks[0].solved.system.places, name)
    at = place if isinstance(place, slice) else slice(place, place + 1)
    return Normals(
        mixture.weights,
        np.array([peak.state.shared[at] for peak in mixture.peaks]),
        np.array([np.diagonal(peak.solved.shared_covariance)[at] for peak in mixture.peaks]),
    )


def _interval(normals: Normals, place: int) -> Interval:
    lower, upper = (quantile(normals, (1 + sign * INTERVAL) / 2)[place] for sign in (-1, 1))
    return Interval(float(lower), float(upper))


def _jurors(layout: Layout, mixture: Mixture) -> tuple[JurorStanding, ...]:
    severity, consistency = _shared(mixture, "severity"), _shared(mixture, "consistency")
    lower, upper = (quantile(severity, (1 + sign * INTERVAL) / 2) for sign in (-1, 1))
    looks = layout.seen.sum(0)
    compared = np.bincount(layout.pairs.juror, minlength=len(layout.jurors))
    return tuple(
        JurorStanding(
            juror=juror,
            severity=float(severity.mean[place]),
            interval=Interval(float(lower[place]), float(upper[place])),
            consistency=float(np.exp(consistency.mean[place])),
            looks=int(looks[place]),
            comparisons=int(compared[place]),
        )
        for place, juror in enumerate(layout.jurors)
    )


def _thresholds(layout: Layout, mixture: Mixture) -> dict[str, tuple[float, ...]]:
    cuts = sum(
        weight * padded_thresholds(layout, peak.solved.system.places, peak.state.shared)[:, 1:-1]
        for weight, peak in zip(mixture.weights, mixture.peaks, strict=True)
    )
    rows = zip(layout.scales, layout.steps, np.asarray(cuts), strict=False)
    return {scale.key: tuple(row[: steps - 1].tolist()) for scale, steps, row in rows}


def _mean_spreads(mixture: Mixture) -> Spreads:
    spreads = np.array([astuple(peak.spreads) for peak in mixture.peaks])
    return Spreads(*(mixture.weights @ spreads).tolist())


def _tied(demos: Sequence[Id], draws: Floats) -> tuple[tuple[Id, ...], ...]:
    """Each run reaches as far as its first can still be last; runs within others are left out."""
    runs, end = [], 0
    for start in range(len(demos)):
        reach = end if end > start else start + 1
        while reach < len(demos) and (draws[:, start] > draws[:, reach]).mean() < SURE:
            reach += 1
        if reach - start > 1 and reach > end:
            runs.append(tuple(demos[start:reach]))
        end = max(end, reach)
    return tuple(runs)
