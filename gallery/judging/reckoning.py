"""From evidence to a result, and the same result again: nothing here asks a database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from gallery.judging.evidence import Evidence, Frozen
from gallery.judging.ranking.evidence import Comparison, Outcome, Scale, Score

if TYPE_CHECKING:
    from gallery.judging.ranking.fit import Ranking

PODIUM = 3
DIGITS = 4
"""Behind the point, in what is told: other machines' last bits differ."""
OUTSIDE = 0.05
"""On either side of a range of 90 %."""
METHOD = 3
"""Raised when the arithmetic changes: a result names the one that made it."""


class Row(Frozen):
    """One demo in the result."""

    demo: int
    title: str
    team: str
    rank: int
    """What no key of the rule for ties tells apart shares the better one."""
    quality: float
    lower: float
    upper: float
    podium: float
    """The probability of being among the first three."""
    looks: int
    criteria: dict[str, float]
    means: dict[str, float]
    """Of the scores as they were given, for who trusts no formula."""


class Chances(NamedTuple):
    """Of one demo: how probable each of the first three places is, and between which places it lies
    with 90 % probability."""

    first: float
    second: float
    third: float
    best: int
    worst: int


class Result(Frozen):
    """As it was made; `order` is the final one, by demo, `reason` why it is not the ranking's."""

    method: int
    at: datetime
    rows: tuple[Row, ...]
    tied: tuple[tuple[int, ...], ...]
    """Runs of neighbours that cannot be told apart."""
    islands: int
    order: tuple[int, ...]
    reason: str = ""

    @property
    def places(self) -> dict[int, int]:
        """Of each demo, from 1, in order. In the organisers' own order nobody shares one."""
        if self.reason:
            return {demo: place for place, demo in enumerate(self.order, 1)}
        ranks = {row.demo: row.rank for row in self.rows}
        return {demo: ranks[demo] for demo in self.order}

    @property
    def podium(self) -> tuple[Row, ...]:
        """Who has one of the first three places: more than three where the third is shared."""
        by_demo = {row.demo: row for row in self.rows}
        return tuple(by_demo[demo] for demo, place in self.places.items() if place <= PODIUM)

    def place(self, demo: int) -> int:
        return self.places[demo]

    def shares_place(self, demo: int) -> bool:
        places = self.places
        return list(places.values()).count(places[demo]) > 1


def ranked(evidence: Evidence) -> "Ranking":
    """The arithmetic, on nothing but the evidence. It takes seconds, so the last few are kept."""
    return _ranked(evidence.model_dump_json())


@lru_cache(maxsize=4)
def _ranked(told: str) -> "Ranking":
    from gallery.judging.ranking.fit import rank  # and with it SciPy, which takes a second

    return rank(*said_in(Evidence.model_validate_json(told)))


def said_in(
    evidence: Evidence,
) -> tuple[Sequence[int], Sequence[str], Sequence[Scale], Sequence[Score], Sequence[Comparison]]:
    """Demos, jurors, scales, scores and comparisons, as the arithmetic takes them."""
    sides = {"first": Outcome.LEFT, "second": Outcome.RIGHT, "equal": Outcome.EQUAL}
    jurors = dict.fromkeys(one.juror for one in (*evidence.looks, *evidence.comparisons))
    return (
        evidence.demos,
        tuple(jurors),
        evidence.criteria,
        [
            Score(look.juror, look.demo, key, value, look.position)
            for look in evidence.looks
            for key, value in look.scores.items()
        ],
        [
            Comparison(one.juror, one.first, one.second, sides[one.better])
            for one in evidence.comparisons
        ],
    )


def rows_of(
    ranking: "Ranking", evidence: Evidence, named: Mapping[int, tuple[str, str]]
) -> tuple[Row, ...]:
    """By place, level ones by the rule for ties. `named` gives each demo's title and team."""
    from gallery.judging.ranking.order import order

    means = _means(evidence)
    rule = ("quality", *evidence.ties)  # which a rule never overturns
    groups = order(ranking.standings, rule, word=evidence.event)
    standings = {one.demo: one for one in ranking.standings}
    places = {
        demo: 1 + sum(map(len, groups[:at])) for at, group in enumerate(groups) for demo in group
    }
    return tuple(
        Row(
            demo=int(one.demo),
            title=named[int(one.demo)][0],
            team=named[int(one.demo)][1],
            rank=places[one.demo],
            quality=round(one.quality, DIGITS),
            lower=round(one.interval.lower, DIGITS),
            upper=round(one.interval.upper, DIGITS),
            podium=round(one.podium, DIGITS),
            looks=one.looks,
            criteria={key: round(value, DIGITS) for key, value in one.criteria.items()},
            means=means[int(one.demo)],
        )
        for one in (standings[demo] for demo in places)
    )


def chances_of(ranking: "Ranking") -> dict[int, Chances]:
    """By demo."""
    found: dict[int, Chances] = {}
    for one in ranking.standings:
        places = [float(each) for each in one.places]
        first, second, third = (round(each, DIGITS) for each in (*places, 0.0, 0.0)[:PODIUM])
        up_to = list(accumulate(places))
        best = sum(each <= OUTSIDE for each in up_to) + 1
        worst = sum(each < 1 - OUTSIDE for each in up_to) + 1
        found[int(one.demo)] = Chances(first, second, third, best, min(worst, len(places)))
    return found


def ties_of(ranking: "Ranking") -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(demo) for demo in run) for run in ranking.tied)


def recompute(evidence: Evidence, before: Result) -> Result:
    """What the evidence gives now, in place of what was told of it."""
    named = {row.demo: (row.title, row.team) for row in before.rows}
    ranking = ranked(evidence)
    return before.model_copy(
        update={
            "rows": rows_of(ranking, evidence, named),
            "tied": ties_of(ranking),
            "islands": ranking.islands,
        }
    )


def _means(evidence: Evidence) -> dict[int, dict[str, float]]:
    given: dict[int, dict[str, list[int]]] = {demo: {} for demo in evidence.demos}
    for look in evidence.looks:
        for key, value in look.scores.items():
            given[look.demo].setdefault(key, []).append(value)
    return {
        demo: {key: sum(values) / len(values) for key, values in by_key.items()}
        for demo, by_key in given.items()
    }
