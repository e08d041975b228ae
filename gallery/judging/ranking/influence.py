"""What one juror changes: the ranking without each of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gallery.judging.ranking.evidence import Comparison, Id, Scale, Score
from gallery.judging.ranking.fit import PODIUM, Ranking, rank
from gallery.judging.ranking.model import PRIORS, Priors


@dataclass(frozen=True)
class Move:
    """One demo's rank with and without a juror."""

    demo: Id
    rank: int
    without: int


@dataclass(frozen=True)
class Influence:
    """One juror's."""

    juror: Id
    podium: tuple[Id, ...]
    """Without this juror, the first first."""
    joined: tuple[Id, ...]
    """On that podium only."""
    left: tuple[Id, ...]
    """On the podium only with this juror."""
    moves: tuple[Move, ...]
    """Demos whose rank differs, the furthest moved first."""

    @property
    def decides(self) -> bool:
        """Whether the podium is another without this juror, or in another order."""
        return bool(self.joined or self.left) or any(
            move.rank <= PODIUM or move.without <= PODIUM for move in self.moves
        )


def podium(ranking: Ranking) -> tuple[Id, ...]:
    return tuple(standing.demo for standing in ranking.standings[:PODIUM])


def influences(
    demos: Sequence[Id],
    jurors: Sequence[Id],
    scales: Sequence[Scale],
    scores: Sequence[Score],
    comparisons: Sequence[Comparison] = (),
    *,
    priors: Priors = PRIORS,
) -> tuple[Influence, ...]:
    """Of each juror in turn; a fit for each, so jurors cost what as many rankings cost."""
    return tuple(each_influence(demos, jurors, scales, scores, comparisons, priors=priors))


def each_influence(
    demos: Sequence[Id],
    jurors: Sequence[Id],
    scales: Sequence[Scale],
    scores: Sequence[Score],
    comparisons: Sequence[Comparison] = (),
    *,
    priors: Priors = PRIORS,
) -> Iterator[Influence]:
    """As each is there."""
    whole = rank(demos, jurors, scales, scores, comparisons, priors=priors)
    for juror in jurors:
        without = rank(
            demos,
            [other for other in jurors if other != juror],
            scales,
            [score for score in scores if score.juror != juror],
            [pair for pair in comparisons if pair.juror != juror],
            priors=priors,
        )
        yield _influence(juror, whole, without)


def _influence(juror: Id, whole: Ranking, without: Ranking) -> Influence:
    first, second = podium(whole), podium(without)
    after = {standing.demo: standing.rank for standing in without.standings}
    moves = [
        Move(standing.demo, standing.rank, after[standing.demo])
        for standing in whole.standings
        if standing.rank != after[standing.demo]
    ]
    return Influence(
        juror,
        second,
        joined=tuple(demo for demo in second if demo not in first),
        left=tuple(demo for demo in first if demo not in second),
        moves=tuple(sorted(moves, key=lambda move: -abs(move.rank - move.without))),
    )
