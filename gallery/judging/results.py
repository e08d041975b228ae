"""The result: what the ranking makes of everything that counts, published once.

Arithmetic is `ranking`'s; here it is read from the database, given names, and kept as published.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Ballot, Comparison, Submission
from gallery.errors import Closed, Invalid, NotAllowed
from gallery.event.event import Event, PhaseKey
from gallery.event.rubric import Rubric
from gallery.event.ties import DEFAULT as DEFAULT_TIES
from gallery.judging import judgings, ties
from gallery.judging.evening import evening
from gallery.judging.ranking.evidence import Comparison as Compared
from gallery.judging.ranking.evidence import Outcome, Scale, Score
from gallery.people import texts

if TYPE_CHECKING:
    from gallery.judging.ranking.fit import Ranking

PODIUM = 3
DIGITS = 4
"""Behind the point, in what is told: other machines' last bits differ."""
METHOD = 2
"""Raised when the arithmetic changes: a result names the one that made it."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Look(Frozen):
    """One ballot, under a pseudonym."""

    juror: str
    demo: int
    scores: dict[str, int]
    position: int


class Side(Frozen):
    """One comparison, under a pseudonym: `first`, `second` or `equal` is better."""

    juror: str
    first: int
    second: int
    better: str


class Evidence(Frozen):
    """All that the result is made of: with it, anybody can make it again."""

    event: str
    criteria: tuple[Scale, ...]
    demos: tuple[int, ...]
    looks: tuple[Look, ...]
    comparisons: tuple[Side, ...]
    ties: tuple[str, ...] = DEFAULT_TIES
    """The rule for demos that the ranking leaves level."""


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


def evidence_of(session: Session, event: Event) -> Evidence:
    """What counts: finished, not set aside, of demos that are still judged."""
    demos = tuple(demo.id for demo in judgings.demos(session, event))
    ballots, compared = _counting(session, event, demos)
    names = pseudonyms(one.account_id for one in (*ballots, *compared))
    return Evidence(
        event=event.slug,
        criteria=scales(event.rubric),
        demos=demos,
        looks=tuple(
            Look(
                juror=names[one.account_id],
                demo=one.submission_id,
                scores=dict(one.scores),
                position=one.position or 0,
            )
            for one in ballots
        ),
        comparisons=tuple(
            Side(
                juror=names[one.account_id],
                first=one.first_id,
                second=one.second_id,
                better=one.better,
            )
            for one in compared
        ),
        ties=ties.rule_of(session, event),
    )


def behind_pseudonyms(session: Session, event: Event) -> dict[str, int]:
    """The accounts of an evidence's jurors: for organisers, who know them by name."""
    demos = tuple(demo.id for demo in judgings.demos(session, event))
    said = _counting(session, event, demos)
    names = pseudonyms(one.account_id for rows in said for one in rows)
    return {name: account for account, name in names.items()}


def _counting(
    session: Session, event: Event, demos: Sequence[int]
) -> tuple[Sequence[Ballot], Sequence[Comparison]]:
    ballots = session.scalars(
        select(Ballot)
        .where(
            Ballot.event == event.slug,
            Ballot.finished_at.is_not(None),
            Ballot.set_aside_at.is_(None),
            Ballot.submission_id.in_(demos),
        )
        .order_by(Ballot.account_id, Ballot.position)
    ).all()
    compared = session.scalars(
        select(Comparison)
        .where(
            Comparison.event == event.slug,
            Comparison.set_aside_at.is_(None),
            Comparison.first_id.in_(demos),
            Comparison.second_id.in_(demos),
        )
        .order_by(Comparison.account_id, Comparison.at)
    ).all()
    return ballots, compared


def pseudonyms(accounts: Iterable[int]) -> dict[int, str]:
    """Of those who said something that counts."""
    return {account: f"juror {number}" for number, account in enumerate(sorted(set(accounts)), 1)}


def scales(rubric: Rubric) -> tuple[Scale, ...]:
    return tuple(
        Scale(one.key, one.lowest, one.highest, rubric.share(one)) for one in rubric.criteria
    )


def ranked(evidence: Evidence) -> "Ranking":
    """The arithmetic, on nothing but the evidence. It takes seconds, so the last few are kept."""
    return _ranked(evidence.model_dump_json())


@lru_cache(maxsize=4)
def _ranked(told: str) -> "Ranking":
    from gallery.judging.ranking.fit import rank  # and with it SciPy, which takes a second

    return rank(*said_in(Evidence.model_validate_json(told)))


def said_in(
    evidence: Evidence,
) -> tuple[Sequence[int], Sequence[str], Sequence[Scale], Sequence[Score], Sequence[Compared]]:
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
            Compared(one.juror, one.first, one.second, sides[one.better])
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


def require_may_know(act: Act) -> None:
    """For organisers; who judges as well sees what others gave when their own is in.

    Raises `NotSignedIn` and `NotAllowed`.
    """
    act.actor.require_organiser(act.event.slug)
    if act.event.slug not in act.actor.juror_of:
        return
    judging = judgings.of_event(act.session, act.event)
    is_over = act.now >= act.event.phase(PhaseKey.JUDGING).ends
    if is_over or (judging is not None and judging.closed_at is not None):
        return
    left = evening(act).left
    if left:
        raise NotAllowed(
            f"you judge as well, and {left} of yours are left; the result is shown when they are in"
        )


def result_of(session: Session, event: Event, now: datetime) -> Result:
    """As things stand: for organisers alone, until it is published."""
    evidence = evidence_of(session, event)
    ranking = ranked(evidence)
    submissions = (session.get_one(Submission, demo) for demo in evidence.demos)
    named = {one.id: (one.title, one.team.name) for one in submissions}
    rows = rows_of(ranking, evidence, named)
    judging = judgings.of_event(session, event)
    settled = list(judging.final_order) if judging is not None else []
    by_rank = [row.demo for row in rows]
    order = [demo for demo in settled if demo in by_rank]
    order += [demo for demo in by_rank if demo not in order]
    return Result(
        method=METHOD,
        at=now,
        rows=rows,
        tied=tuple(tuple(int(demo) for demo in run) for run in ranking.tied),
        islands=ranking.islands,
        order=tuple(order),
        reason=judging.final_reason if judging is not None and order != by_rank else "",
    )


def settle(act: Act, *, order: Sequence[int], reason: str) -> None:
    """The organisers' own order of the first; another than the ranking's takes a reason."""
    act.actor.require_organiser(act.event.slug)
    judging = judgings.begun(act)
    _require_unpublished(judging.published_at)
    known = {demo.id for demo in judgings.demos(act.session, act.event)}
    if len(set(order)) != len(order) or not set(order) <= known:
        raise Invalid(
            "the order must name demos that are judged, each once; choose them again", field="order"
        )
    by_rank = [row.demo for row in result_of(act.session, act.event, act.now).rows]
    if list(order) != by_rank[: len(order)]:
        reason = texts.line(reason, field="reason", what="the reason", least=3, most=2000)
    else:
        reason = ""
    judging.final_order, judging.final_reason = list(order), reason
    act.record(
        "result.settled",
        subject=("event", act.event.slug),
        details={"order": list(order), "reason": reason},
    )


def publish(act: Act) -> Result:
    """Once, and for good. Raises `Closed` while scores are still taken, or when it was done."""
    act.actor.require_organiser(act.event.slug)
    judging = judgings.begun(act)
    _require_unpublished(judging.published_at)
    if judging.closed_at is None and act.now < act.event.phase(PhaseKey.JUDGING).ends:
        raise Closed("scores are still taken; close the judging first, then publish")
    result = result_of(act.session, act.event, act.now)
    if not result.rows:
        raise Closed("there is no demo to publish a result of")
    judging.published_at, judging.published = act.now, result.model_dump(mode="json")
    act.record(
        "result.published",
        subject=("event", act.event.slug),
        details={
            "order": [row.demo for row in result.podium],
            "method": METHOD,
            "ties": list(ties.rule_of(act.session, act.event)),
        },
    )
    return result


def published(session: Session, event: Event) -> Result | None:
    """What everybody may know; None before it was published."""
    judging = judgings.of_event(session, event)
    if judging is None or judging.published is None:
        return None
    return Result.model_validate(judging.published)


def _require_unpublished(published_at: datetime | None) -> None:
    if published_at is not None:
        raise Closed("the result is published already, and stays as it is")


def _means(evidence: Evidence) -> dict[int, dict[str, float]]:
    given: dict[int, dict[str, list[int]]] = {demo: {} for demo in evidence.demos}
    for look in evidence.looks:
        for key, value in look.scores.items():
            given[look.demo].setdefault(key, []).append(value)
    return {
        demo: {key: sum(values) / len(values) for key, values in by_key.items()}
        for demo, by_key in given.items()
    }


def export(session: Session, event: Event, now: datetime) -> dict[str, object]:
    """The evidence and what was made of it, without a name of a juror."""
    result = published(session, event) or result_of(session, event, now)
    return {
        "evidence": evidence_of(session, event).model_dump(mode="json"),
        "result": result.model_dump(mode="json"),
    }


def recompute(told: Mapping[str, object]) -> tuple[Result, Result]:
    """The result that an export tells, and the one that its evidence gives now.

    Raises pydantic's `ValidationError` for what is no export.
    """
    evidence = Evidence.model_validate(told["evidence"])
    before = Result.model_validate(told["result"])
    named = {row.demo: (row.title, row.team) for row in before.rows}
    ranking = ranked(evidence)
    again = before.model_copy(
        update={
            "rows": rows_of(ranking, evidence, named),
            "tied": tuple(tuple(int(demo) for demo in run) for run in ranking.tied),
            "islands": ranking.islands,
        }
    )
    return before, again
