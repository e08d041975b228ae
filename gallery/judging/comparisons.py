"""Comparisons: which of two demos a juror finds better, of those that they have judged.

The pair that is offered is the one whose answer would tell most about who is among the juror's own
first three. It follows from what this juror gave alone: nobody learns from it how others scored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Ballot, Comparison, Submission
from gallery.errors import Invalid
from gallery.event.event import Event
from gallery.judging import judgings
from gallery.judging.ballots import seat
from gallery.judging.jurors import require_juror

if TYPE_CHECKING:
    from gallery.judging.pairs import Floats

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
    from gallery.judging import own_view  # and with it NumPy, as in `results`
    from gallery.judging.pairs import most_telling_pair

    demos = sorted(mine)
    means, covariance = own_view.posterior(
        _shares(act, account_id, demos), _sides(done, {demo: at for at, demo in enumerate(demos)})
    )
    pair = most_telling_pair(
        demos,
        means,
        covariance,
        own_view.among_first(means, covariance),
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
        seat(act, demo)
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


def compared(session: Session, event: Event, account_id: int) -> dict[tuple[int, int], str]:
    """A juror's pairs, and what they said: `first`, `second` or `equal`."""
    rows = session.execute(
        select(Comparison.first_id, Comparison.second_id, Comparison.better).where(
            Comparison.account_id == account_id,
            Comparison.event == event.slug,
            Comparison.set_aside_at.is_(None),
        )
    )
    return {(first, second): better for first, second, better in rows}


def _shares(act: Act, account_id: int, demos: list[int]) -> "Floats":
    """A juror's own scores of each, weighted as the rubric says, from 0 to 1. [N]"""
    import numpy as np

    rubric = act.event.rubric
    rows = act.session.execute(
        select(Ballot.submission_id, Ballot.scores).where(
            Ballot.account_id == account_id, Ballot.submission_id.in_(demos)
        )
    )
    given = {row.submission_id: row.scores for row in rows}
    return np.array(
        [
            sum(
                rubric.share(one) * (given[demo][one.key] - one.lowest) / (one.highest - one.lowest)
                for one in rubric.criteria
                if one.key in given[demo]
            )
            for demo in demos
        ]
    )


def _sides(
    done: Mapping[tuple[int, int], str], place: Mapping[int, int]
) -> list[tuple[int, int, float]]:
    """Of demos that are still judged, as `own_view` takes them."""
    better = {"first": 1.0, "second": -1.0, "equal": 0.0}
    return [
        (place[first], place[second], better[told])
        for (first, second), told in sorted(done.items())
        if first in place and second in place
    ]
