"""Comparisons: which of two demos a juror finds better, of those that they have judged.

The pair that is offered is the one whose answer would tell most about who is among the first three.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Ballot, Comparison, Submission
from gallery.errors import Invalid
from gallery.event.event import Event
from gallery.judging import judgings, results
from gallery.judging.ballots import require_assigned
from gallery.judging.jurors import require_juror

ANSWERS = ("left", "right", "equal")


@dataclass(frozen=True)
class Pair:
    """What is offered; `compared` says how many pairs this juror has compared."""

    left: Submission
    right: Submission
    compared: int
    possible: int


def offered(act: Act) -> Pair | None:
    """None while fewer than two are judged, and when all pairs of them are compared."""
    account_id = require_juror(act)
    mine = judged(act.session, act.event, account_id)
    done = compared(act.session, act.event, account_id)
    possible = len(mine) * (len(mine) - 1) // 2
    if len(done) >= possible:
        return None
    import numpy as np  # as in `results`

    from gallery.judging.pairs import most_telling_pair

    ranking = results.ranked(results.evidence_of(act.session, act.event))
    demos = [int(one.demo) for one in ranking.standings]
    pair = most_telling_pair(
        demos,
        np.array([one.quality for one in ranking.standings]),
        np.atleast_2d(np.cov(ranking.draws, rowvar=False)).astype(np.float64),
        np.array([one.podium for one in ranking.standings]),
        juror=account_id,
        may=mine,
        compared=done,
    )
    if pair is None:
        return None
    left, right = (act.session.get_one(Submission, demo) for demo in pair)
    return Pair(left, right, compared=len(done), possible=possible)


def compare(act: Act, *, left: int, right: int, better: str) -> None:
    """Keeps the answer; the same pair again changes it. Raises as a ballot's save does."""
    account_id = require_juror(act)
    if better not in ANSWERS:
        raise Invalid(
            f"the answer must be left, right or equal, got “{better[:20]}”; choose one",
            field="better",
        )
    if left == right:
        raise Invalid("two demos are compared, got one twice; open the page again", field="right")
    for demo in (left, right):
        require_assigned(act, demo)
    judgings.require_scoring(act)
    if not {left, right} <= judged(act.session, act.event, account_id):
        raise Invalid("only what you have judged is compared; judge both first", field="left")
    first, second = sorted((left, right))
    told = {"left": left, "right": right}.get(better)
    answer = "equal" if told is None else "first" if told == first else "second"
    there = act.session.get(Comparison, (account_id, first, second), with_for_update=True)
    if there is None:
        there = Comparison(
            account_id=account_id, first_id=first, second_id=second, event=act.event.slug
        )
        act.session.add(there)
    there.better, there.at, there.set_aside_at = answer, act.now, None
    act.record(
        "comparison.saved",
        subject=("submission", first),
        details={"juror": account_id, "other": second, "better": answer},
    )


def judged(session: Session, event: Event, account_id: int) -> set[int]:
    """What a juror has finished, of what is still judged."""
    demos = {demo.id for demo in judgings.demos(session, event)}
    finished = session.scalars(
        select(Ballot.submission_id).where(
            Ballot.account_id == account_id,
            Ballot.event == event.slug,
            Ballot.finished_at.is_not(None),
            Ballot.set_aside_at.is_(None),
        )
    )
    return demos & set(finished)


def compared(session: Session, event: Event, account_id: int) -> set[tuple[int, int]]:
    rows = session.execute(
        select(Comparison.first_id, Comparison.second_id).where(
            Comparison.account_id == account_id,
            Comparison.event == event.slug,
            Comparison.set_aside_at.is_(None),
        )
    )
    return {(first, second) for first, second in rows}
