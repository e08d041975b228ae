"""How far the jury is: by juror and by demo, who is stuck, and when ballots were finished.

No score is in it: what jurors gave is told by `disagreements` and `results`, to who may know it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select

from gallery.act import Act
from gallery.database.tables import Account, Assignment, Ballot, Conflict, Submission
from gallery.judging import conflicts, judgings
from gallery.judging.jurors import jurors
from gallery.submissions.outcomes import failing_checks

Row = TypeVar("Row", Assignment, Ballot)
QUIET = timedelta(days=1)
"""Who saved nothing for so long, while others did, is stuck."""


@dataclass(frozen=True)
class OfJuror:
    """One juror's evening, seen from outside."""

    account: Account
    assigned: int
    done: int
    skipped: int
    begun: tuple[Submission, ...]
    """Ballots that were begun and not finished."""
    last_saved: datetime | None
    is_away: bool
    is_stuck: bool

    @property
    def left(self) -> int:
        return 0 if self.is_away else self.assigned - self.done

    @property
    def name(self) -> str:
        return self.account.display_name or self.account.name


@dataclass(frozen=True)
class OfDemo:
    """How one demo stands with the jury."""

    submission: Submission
    assigned: int
    done: int
    flags: tuple[str, ...]
    skips: tuple[str, ...]
    failing: int
    """Checks that failed at the last run."""

    @property
    def is_skipped_by_all(self) -> bool:
        return bool(self.assigned) and not self.done and len(self.skips) == self.assigned


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
class Departed:
    """Somebody whose role was taken, or whose account was closed or deleted."""

    account: Account
    left: int

    @property
    def name(self) -> str:
        return self.account.display_name or self.account.name


@dataclass(frozen=True)
class Progress:
    jurors: tuple[OfJuror, ...]
    demos: tuple[OfDemo, ...]
    conflicts: tuple[Declared, ...]
    given: tuple[Assignment, ...]
    """Of demos that are judged, in force."""
    finished: frozenset[tuple[int, int]]
    """Jurors and demos, of ballots that count."""
    times: tuple[datetime, ...]
    """When these were finished."""
    departed: tuple[Departed, ...]
    """Who is no juror any more, and was still to look at something."""
    gone: tuple[Submission, ...]
    """Hidden or withdrawn, while somebody was still to look at them."""
    looks: int
    """Wanted of each demo."""
    anchors: int
    """Demos that all jurors are to see."""
    closed_at: datetime | None
    published_at: datetime | None

    @property
    def assigned(self) -> int:
        return len(self.given)

    @property
    def done(self) -> int:
        return sum(one.done for one in self.demos)


def progress(act: Act) -> Progress:
    """For organisers, and for nobody else. Raises `NotAllowed`."""
    act.actor.require_organiser(act.event.slug)
    session, event = act.session, act.event
    judging = judgings.of_event(session, event)
    away = set(judging.away) if judging is not None else set()
    demos = judgings.demos(session, event)
    ids = {demo.id: demo for demo in demos}
    in_force = select(Assignment).where(
        Assignment.event == event.slug, Assignment.state != "dropped"
    )
    every = session.scalars(in_force).all()
    counted = select(Ballot).where(Ballot.event == event.slug, Ballot.set_aside_at.is_(None))
    ballots = [one for one in session.scalars(counted) if one.submission_id in ids]
    given = [one for one in every if one.submission_id in ids]
    by_assigned, by_ballot = _by_both(given), _by_both(ballots)
    failing = failing_checks(session, event)
    finished = frozenset(
        (one.account_id, one.submission_id) for one in ballots if one.finished_at is not None
    )
    panel = jurors(session, event)
    newest = max((one.saved_at for one in ballots), default=None)
    return Progress(
        jurors=tuple(
            _of_juror(
                one,
                by_assigned["account", one.id],
                by_ballot["account", one.id],
                ids,
                is_away=one.id in away,
                others=newest,
                now=act.now,
            )
            for one in panel
        ),
        demos=tuple(
            _of_demo(one, by_assigned["demo", one.id], by_ballot["demo", one.id], failing)
            for one in demos
        ),
        conflicts=tuple(_conflicts(act)),
        given=tuple(given),
        finished=finished,
        times=tuple(one.finished_at for one in ballots if one.finished_at is not None),
        departed=_departed(act, given, finished, {one.id for one in panel}),
        gone=_gone(act, every, ids),
        looks=judging.looks if judging is not None else judgings.LOOKS,
        anchors=len(judging.anchors) if judging is not None else 0,
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
    account: Account,
    assigned: list[Assignment],
    ballots: list[Ballot],
    demos: dict[int, Submission],
    *,
    is_away: bool,
    others: datetime | None,
    now: datetime,
) -> OfJuror:
    mine = {one.submission_id for one in assigned}
    done = {one.submission_id for one in ballots if one.finished_at is not None}
    saved = max((one.saved_at for one in ballots), default=None)
    since = max([one.assigned_at for one in assigned] + ([saved] if saved else []), default=now)
    is_left = bool(mine - done) and not is_away
    return OfJuror(
        account=account,
        assigned=len(mine | done),
        done=len(done),
        skipped=sum(one.state == "skipped" and one.submission_id not in done for one in assigned),
        begun=tuple(
            demos[one.submission_id]
            for one in ballots
            if one.finished_at is None and one.submission_id in mine
        ),
        last_saved=saved,
        is_away=is_away,
        is_stuck=is_left and others is not None and others > now - QUIET >= since,
    )


def _of_demo(
    submission: Submission,
    assigned: list[Assignment],
    ballots: list[Ballot],
    failing: dict[int, int],
) -> OfDemo:
    done = {one.account_id for one in ballots if one.finished_at is not None}
    skipped = [one for one in assigned if one.state == "skipped" and one.account_id not in done]
    return OfDemo(
        submission=submission,
        assigned=len({one.account_id for one in assigned} | done),
        done=len(done),
        flags=tuple(one.flag for one in ballots if one.flag),
        skips=tuple(one.reason for one in skipped),
        failing=failing.get(submission.id, 0),
    )


def _departed(
    act: Act, given: Sequence[Assignment], finished: frozenset[tuple[int, int]], panel: set[int]
) -> tuple[Departed, ...]:
    """What they finished counts; what is left waits for somebody else."""
    left = Counter(
        one.account_id
        for one in given
        if one.account_id not in panel and (one.account_id, one.submission_id) not in finished
    )
    return tuple(
        Departed(act.session.get_one(Account, account), count)
        for account, count in sorted(left.items())
    )


def _gone(
    act: Act, every: Sequence[Assignment], demos: dict[int, Submission]
) -> tuple[Submission, ...]:
    """What was judged stays with its juror; what was not waits for nothing any more."""
    finished = select(Ballot.account_id, Ballot.submission_id).where(
        Ballot.event == act.event.slug, Ballot.finished_at.is_not(None)
    )
    done = {(row.account_id, row.submission_id) for row in act.session.execute(finished)}
    ids = {
        one.submission_id
        for one in every
        if one.submission_id not in demos and (one.account_id, one.submission_id) not in done
    }
    return tuple(act.session.get_one(Submission, number) for number in sorted(ids))


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
