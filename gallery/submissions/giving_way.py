"""Duplicate submissions of one Space, one entry: which of two stays, and what becomes of the other.

What was collected, or left behind by a team that is no more, gives way to a team's; between two
teams, what was handed in first stays. Likes are the Space's: they go along.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.tables import Submission
from gallery.submissions import likes
from gallery.submissions.log import record
from gallery.submissions.ownership import is_unclaimed
from gallery.submissions.rules import holder_of


def give_way(
    session: Session,
    actor: Actor,
    now: datetime,
    submission: Submission,
    *,
    to: Submission,
    reason: str = "",
) -> None:
    """Withdraws one entry for another of the same Space; nothing that it said is lost.

    The flush at the end tells the database that it is withdrawn before another one is handed in.
    """
    submission.state = "withdrawn"
    submission.withdrawn_at = now
    likes.move(session, submission, to=to)
    to.hub_likes = submission.hub_likes
    to.health = submission.health
    verb = "taken_over" if is_unclaimed(submission.team) else "gave_way"
    record(session, actor, now, submission, verb, by_submission=to.id, reason=reason)
    session.flush()


def settle_double(
    session: Session, actor: Actor, now: datetime, submission: Submission, *, space_id: str
) -> None:
    """For what turns out to be of `space_id`, too: one of the two stays."""
    other = holder_of(session, submission.event, space_id)
    if other is None or other is submission:
        return
    first, second = sorted((submission, other), key=_precedence)
    reason = f"{second.space_id} and {first.space_id} are one Space on the Hub, and the other "
    reason += "entry was there first"
    give_way(session, actor, now, second, to=first, reason=reason)


def _precedence(submission: Submission) -> tuple[bool, datetime, int]:
    at = submission.submitted_at or submission.created_at
    return is_unclaimed(submission.team), at, submission.id
