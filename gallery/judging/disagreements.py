"""Disagreements worth a talk: demos on whose criteria jurors lie far apart, with who gave what."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from gallery.act import Act
from gallery.database.tables import Account, Ballot, Submission
from gallery.judging import judgings, results

APART = 0.4
"""From which part of a scale's length a standard deviation is worth a talk: of 1 to 5, two jurors
who lie three steps apart."""


@dataclass(frozen=True)
class Disagreement:
    """One demo on one criterion."""

    submission: Submission
    criterion: str
    spread: float
    """The standard deviation, in steps of the scale."""
    given: tuple[tuple[str, int], ...]
    """Each juror's name and score, the lowest first."""


def disagreements(act: Act) -> tuple[Disagreement, ...]:
    """The widest first. For who may know scores. Raises as `results.require_may_know`."""
    results.require_may_know(act)
    demos = {one.id: one for one in judgings.demos(act.session, act.event)}
    by_demo: dict[int, list[tuple[str, Mapping[str, int]]]] = defaultdict(list)
    for ballot, account in _finished(act):
        if ballot.submission_id in demos:
            name = account.display_name or account.name
            by_demo[ballot.submission_id].append((name, ballot.scores))
    found = [
        Disagreement(demos[demo], criterion.name, spread, given)
        for demo, ballots in by_demo.items()
        for criterion in act.event.rubric.criteria
        for given in [_given(ballots, criterion.key)]
        if len(given) > 1
        and (spread := statistics.stdev(score for _, score in given))
        >= APART * (criterion.highest - criterion.lowest)
    ]
    return tuple(sorted(found, key=lambda one: (-one.spread, one.submission.id, one.criterion)))


def counts(act: Act) -> dict[str, dict[int, int]]:
    """How often each score was given, by criterion; what nobody gave is 0. Raises the same."""
    results.require_may_know(act)
    found = {
        one.key: dict.fromkeys(range(one.lowest, one.highest + 1), 0)
        for one in act.event.rubric.criteria
    }
    for look in results.evidence_of(act.session, act.event).looks:
        for key, score in look.scores.items():
            if score in found.get(key, {}):
                found[key][score] += 1
    return found


def _finished(act: Act) -> Iterable[tuple[Ballot, Account]]:
    rows = act.session.execute(
        select(Ballot, Account)
        .join(Account, Account.id == Ballot.account_id)
        .where(
            Ballot.event == act.event.slug,
            Ballot.finished_at.is_not(None),
            Ballot.set_aside_at.is_(None),
        )
        .order_by(Ballot.account_id)
    )
    return ((ballot, account) for ballot, account in rows)


def _given(
    ballots: Iterable[tuple[str, Mapping[str, int]]], key: str
) -> tuple[tuple[str, int], ...]:
    found = [(name, scores[key]) for name, scores in ballots if key in scores]
    return tuple(sorted(found, key=lambda one: (one[1], one[0])))
