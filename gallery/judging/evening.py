"""A juror's evening: what is assigned, done and left, which comes next, and how long it takes."""

import hashlib
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from gallery.act import Act
from gallery.database.tables import Assignment, Ballot, Submission
from gallery.event.event import Event
from gallery.judging.jurors import require_juror

USUAL = timedelta(minutes=6)
"""For a demo, before a juror has a pace of their own."""
BREAK = timedelta(minutes=30)
"""Who took longer was away."""


@dataclass(frozen=True)
class Mine:
    """One demo on a juror's list."""

    submission: Submission
    state: str
    """`open`, `begun`, `skipped` or `done`."""
    skipped_because: str = ""


@dataclass(frozen=True)
class Evening:
    """The list in the juror's own order: what was skipped comes last."""

    demos: tuple[Mine, ...]
    each: timedelta
    """How long one takes, by this juror's pace."""

    @property
    def done(self) -> int:
        return sum(one.state == "done" for one in self.demos)

    @property
    def left(self) -> int:
        return len(self.demos) - self.done

    @property
    def minutes_left(self) -> int:
        return max(1, round(self.left * self.each / timedelta(minutes=1))) if self.left else 0

    def place(self, submission_id: int) -> int:
        """Which one it is, from 1."""
        return 1 + next(
            at for at, one in enumerate(self.demos) if one.submission.id == submission_id
        )

    def before(self, submission_id: int) -> Mine | None:
        """The one above it on the list."""
        at = self.place(submission_id) - 1
        return self.demos[at - 1] if at else None

    def next_after(self, submission_id: int | None = None) -> Mine | None:
        """The next that is not done, from that one on; None when all are."""
        ids = [one.submission.id for one in self.demos]
        start = ids.index(submission_id) + 1 if submission_id in ids else 0
        circle = [*self.demos[start:], *self.demos[:start]]
        waiting = [one for one in circle if one.state != "done"]
        waiting = [one for one in waiting if one.submission.id != submission_id] or waiting
        return next((one for one in waiting if one.state != "skipped"), next(iter(waiting), None))


def evening(act: Act) -> Evening:
    """Raises `NotSignedIn` and `NotAllowed` for who is no juror."""
    account_id = require_juror(act)
    rows = act.session.execute(
        select(Assignment, Submission, Ballot)
        .join(Submission, Submission.id == Assignment.submission_id)
        .outerjoin(
            Ballot,
            (Ballot.submission_id == Assignment.submission_id)
            & (Ballot.account_id == Assignment.account_id),
        )
        .where(
            Assignment.account_id == account_id,
            Assignment.event == act.event.slug,
            Assignment.state != "dropped",
            Submission.state == "submitted",
            Submission.hidden_at.is_(None),
        )
    ).all()
    found = [_mine(assignment, submission, ballot) for assignment, submission, ballot in rows]
    found.sort(key=lambda one: (one.state == "skipped", _own(act.event, account_id, one)))
    ballots = [ballot for *_, ballot in rows if ballot is not None]
    return Evening(tuple(found), pace(ballots))


def pace(ballots: Sequence[Ballot]) -> timedelta:
    """The median of the last ten that were finished without a break."""
    whole = sorted((b.finished_at, b.begun_at) for b in ballots if b.finished_at is not None)
    times = [finished - begun for finished, begun in whole[-10:]]
    seconds = [time.total_seconds() for time in times if time < BREAK]
    return timedelta(seconds=statistics.median(seconds)) if len(seconds) >= 3 else USUAL


def _mine(assignment: Assignment, submission: Submission, ballot: Ballot | None) -> Mine:
    if ballot is not None and ballot.finished_at is not None:
        return Mine(submission, "done")
    if assignment.state == "skipped":
        return Mine(submission, "skipped", assignment.reason)
    return Mine(submission, "begun" if ballot is not None else "open")


def _own(event: Event, account_id: int, one: Mine) -> bytes:
    """An order that is each juror's own, and the same whenever they look."""
    return hashlib.sha256(f"{event.slug} {account_id} {one.submission.id}".encode()).digest()
