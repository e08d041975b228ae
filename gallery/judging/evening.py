"""A juror's evening: what is assigned, done, left and lost, what comes next, how long it takes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from gallery.act import Act
from gallery.database.tables import Assignment, Ballot, Conflict, Submission
from gallery.judging.conflicts import Kind
from gallery.judging.jurors import require_juror
from gallery.judging.pace import Sitting, pace, time_left
from gallery.judging.viewing import still_to_see, viewing_order
from gallery.submissions import revisions
from gallery.submissions.content import SubmissionContent


@dataclass(frozen=True)
class Mine:
    """One demo on a juror's list."""

    submission: Submission
    state: str
    """`open`, `begun`, `skipped` or `done`."""
    title: str
    emoji: str
    thumbnail: str | None
    """A picture's digest; as all of these, as it stood at the deadline."""
    skipped_because: str = ""


@dataclass(frozen=True)
class Evening:
    """The list in the juror's own order: what was skipped comes last."""

    demos: tuple[Mine, ...]
    each: timedelta
    """How long one takes, by this juror's pace."""
    time_left: timedelta
    """For all that is left, less what has passed of the one that is open."""

    @property
    def done(self) -> int:
        return sum(one.state == "done" for one in self.demos)

    @property
    def left(self) -> int:
        return len(self.demos) - self.done

    @property
    def minutes_left(self) -> int:
        return max(1, round(self.time_left / timedelta(minutes=1))) if self.left else 0

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
    return evening_of(act, require_juror(act))


def evening_of(act: Act, account_id: int) -> Evening:
    """As it stands for this juror, whoever asks."""
    rows = act.session.execute(_LIST, {"account_id": account_id, "event": act.event.slug}).all()
    ids = [row.Submission.id for row in rows]
    then = revisions.changed_since(act.session, ids, act.event.deadline)
    found = {
        demo.id: _mine(assignment, demo, ballot, then.get(demo.id))
        for assignment, demo, ballot in rows
    }
    skips = [row for row in rows if found[row.Submission.id].state == "skipped"]
    skips.sort(key=lambda row: row.Assignment.changed_at)
    done = {demo for demo, one in found.items() if one.state == "done"}
    order = own_order(act, account_id, found)
    left = still_to_see(order, done=done, skipped=[row.Submission.id for row in skips])
    shown = iter(left)
    begun = [row.Ballot for row in rows if row.Ballot is not None]
    each = pace(Sitting(one.begun_at, one.finished_at) for one in begun if one.finished_at)
    opened_at = max((one.begun_at for one in begun if one.finished_at is None), default=None)
    return Evening(
        tuple(found[demo if demo in done else next(shown)] for demo in order),
        each,
        time_left(len(left), each, now=act.now, opened_at=opened_at),
    )


_LIST = (
    select(Assignment, Submission, Ballot)
    .join(Submission, Submission.id == Assignment.submission_id)
    .outerjoin(
        Ballot,
        (Ballot.submission_id == Assignment.submission_id)
        & (Ballot.account_id == Assignment.account_id),
    )
    .where(
        Assignment.account_id == bindparam("account_id"),
        Assignment.event == bindparam("event"),
        Assignment.state != "dropped",
        Submission.state == "submitted",
        Submission.hidden_at.is_(None),
    )
)
"""Statements that each of a juror's pages needs are built once."""


@dataclass(frozen=True)
class Lost:
    """A demo that is not the juror's any more, because something connects them with it."""

    title: str
    reason: str
    at: datetime
    is_declared: bool
    had_scores: bool
    """Which are set aside."""


def lost(act: Act) -> tuple[Lost, ...]:
    """Of a juror's list, by conflicts, the newest first."""
    account_id = require_juror(act)
    rows = act.session.execute(
        select(Conflict, Submission.title, Ballot.scores)
        .join(Submission, Submission.id == Conflict.submission_id)
        .join(
            Assignment,
            (Assignment.submission_id == Conflict.submission_id)
            & (Assignment.account_id == Conflict.account_id),
        )
        .outerjoin(
            Ballot,
            (Ballot.submission_id == Conflict.submission_id)
            & (Ballot.account_id == Conflict.account_id),
        )
        .where(
            Conflict.account_id == account_id,
            Conflict.event == act.event.slug,
            Conflict.kind != Kind.LIFTED,
            Assignment.state == "dropped",
        )
        .order_by(Conflict.at.desc(), Conflict.submission_id)
    )
    return tuple(
        Lost(title, one.reason, one.at, one.kind == Kind.DECLARED, bool(scores))
        for one, title, scores in rows
    )


def own_order(act: Act, account_id: int, own: Collection[int]) -> tuple[int, ...]:
    """Demos in a juror's own order, balanced over all who were ever asked.

    Who was never asked has no place among those who were: they see them as they came.
    """
    asked = act.session.scalars(_ASKED, {"event": act.event.slug}).all()
    if account_id not in asked:
        return tuple(sorted(own))
    return viewing_order(
        act.event.slug,
        account_id,
        own=own,
        demos=act.session.scalars(_DEMOS, {"event": act.event.slug}).all(),
        jurors=asked,
    )


_ASKED = select(Assignment.account_id).where(Assignment.event == bindparam("event")).distinct()
_DEMOS = select(Submission.id).where(Submission.event == bindparam("event"))


def _mine(
    assignment: Assignment,
    submission: Submission,
    ballot: Ballot | None,
    then: SubmissionContent | None,
) -> Mine:
    state, because = "open" if ballot is None else "begun", ""
    if ballot is not None and ballot.finished_at is not None and ballot.set_aside_at is None:
        state = "done"
    elif assignment.state == "skipped":
        state, because = "skipped", assignment.reason
    return Mine(
        submission,
        state,
        title=submission.title if then is None else then.title,
        emoji=submission.emoji if then is None else then.emoji,
        thumbnail=submission.thumbnail if then is None else then.first_picture,
        skipped_because=because,
    )
