"""How far the jury is: by juror and by demo, and what organisers should look at."""

import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from gallery.act import Act
from gallery.database.tables import Account, Assignment, Ballot, Conflict, Submission
from gallery.judging import conflicts, judgings
from gallery.judging.jurors import jurors

Row = TypeVar("Row", Assignment, Ballot)


@dataclass(frozen=True)
class OfJuror:
    """One juror's evening, seen from outside: no score is in it."""

    account: Account
    assigned: int
    done: int
    skipped: int
    last_saved: datetime | None
    is_away: bool


@dataclass(frozen=True)
class OfDemo:
    """What has been said of one demo so far."""

    submission: Submission
    assigned: int
    done: int
    spread: float | None
    """How far apart its scores are: the largest standard deviation of a criterion, in steps."""
    flags: tuple[str, ...]
    skips: tuple[str, ...]


@dataclass(frozen=True)
class Declared:
    """A conflict, with names."""

    account: Account
    submission: Submission
    kind: str
    reason: str
    at: datetime
    had_scores: bool
    """Of the juror, which are set aside."""


@dataclass(frozen=True)
class Progress:
    jurors: tuple[OfJuror, ...]
    demos: tuple[OfDemo, ...]
    conflicts: tuple[Declared, ...]
    looks: int
    """Wanted of each demo."""
    closed_at: datetime | None
    published_at: datetime | None

    @property
    def assigned(self) -> int:
        return sum(one.assigned for one in self.jurors)

    @property
    def done(self) -> int:
        return sum(one.done for one in self.demos)


DISAGREEMENT = 1.2
"""Steps of standard deviation from which a demo is worth a talk."""


def progress(act: Act) -> Progress:
    """For organisers, and for nobody else. Raises `NotAllowed`."""
    act.actor.require_organiser(act.event.slug)
    judging = judgings.of_event(act.session, act.event)
    away = set(judging.away) if judging is not None else set()
    slug = act.event.slug
    given = select(Assignment).where(Assignment.event == slug, Assignment.state != "dropped")
    counted = select(Ballot).where(Ballot.event == slug, Ballot.set_aside_at.is_(None))
    assigned = _by_both(act.session.scalars(given))
    ballots = _by_both(act.session.scalars(counted))
    return Progress(
        jurors=tuple(
            _of_juror(one, assigned["account", one.id], ballots["account", one.id], away)
            for one in jurors(act.session, act.event)
        ),
        demos=tuple(
            _of_demo(one, assigned["demo", one.id], ballots["demo", one.id])
            for one in judgings.demos(act.session, act.event)
        ),
        conflicts=tuple(_conflicts(act)),
        looks=judging.looks if judging is not None else judgings.LOOKS,
        closed_at=judging.closed_at if judging is not None else None,
        published_at=judging.published_at if judging is not None else None,
    )


def _by_both(rows: Iterable[Row]) -> dict[tuple[str, int], list[Row]]:
    """Under ("account", 7) and under ("demo", 3)."""
    found: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        found["account", row.account_id].append(row)
        found["demo", row.submission_id].append(row)
    return found


def _of_juror(
    account: Account, assigned: list[Assignment], ballots: list[Ballot], away: set[int]
) -> OfJuror:
    return OfJuror(
        account=account,
        assigned=len(assigned),
        done=sum(one.finished_at is not None for one in ballots),
        skipped=sum(one.state == "skipped" for one in assigned),
        last_saved=max((one.saved_at for one in ballots), default=None),
        is_away=account.id in away,
    )


def _of_demo(submission: Submission, assigned: list[Assignment], ballots: list[Ballot]) -> OfDemo:
    done = [one for one in ballots if one.finished_at is not None]
    by_key = defaultdict(list)
    for ballot in done:
        for key, value in ballot.scores.items():
            by_key[key].append(value)
    spreads = [statistics.stdev(values) for values in by_key.values() if len(values) > 1]
    return OfDemo(
        submission=submission,
        assigned=len(assigned),
        done=len(done),
        spread=max(spreads, default=None),
        flags=tuple(one.flag for one in ballots if one.flag),
        skips=tuple(one.reason for one in assigned if one.state == "skipped"),
    )


def _conflicts(act: Act) -> list[Declared]:
    rows = act.session.execute(
        select(Conflict, Account, Submission, Ballot.scores)
        .join(Account, Account.id == Conflict.account_id)
        .join(Submission, Submission.id == Conflict.submission_id)
        .outerjoin(
            Ballot,
            (Ballot.submission_id == Conflict.submission_id)
            & (Ballot.account_id == Conflict.account_id),
        )
        .where(Conflict.event == act.event.slug, Conflict.kind != conflicts.Kind.LIFTED)
        .order_by(Conflict.at)
    )
    return [
        Declared(account, submission, one.kind, one.reason, one.at, bool(scores))
        for one, account, submission, scores in rows
    ]
