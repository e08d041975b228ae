"""Likes, the public's choice: one per account and submission, shown as such.

They never decide what the jury gets to see.
"""

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Like, Submission
from gallery.errors import NotFound
from gallery.event.event import Event
from gallery.submissions.access import seen
from gallery.submissions.log import record


def like(act: Act, *, submission_id: int) -> Submission:
    """Twice is once. Raises `NotSignedIn`, `NotAllowed` for a team's token, and `NotFound`."""
    account_id = act.actor.require_person("like a demo")
    submission = _public(act.session, act.actor, act.event, submission_id)
    if act.session.get(Like, (submission.id, account_id)) is None:
        act.session.add(Like(submission_id=submission.id, account_id=account_id, at=act.now))
        _count(act.session, submission)
        record(act.session, act.actor, act.now, submission, "liked")
    return submission


def unlike(act: Act, *, submission_id: int) -> Submission:
    """Takes a like back, if there is one. Raises as `like` does."""
    account_id = act.actor.require_person("take a like back")
    submission = _public(act.session, act.actor, act.event, submission_id)
    given = act.session.get(Like, (submission.id, account_id))
    if given is not None:
        act.session.delete(given)
        _count(act.session, submission)
        record(act.session, act.actor, act.now, submission, "unliked")
    return submission


def move(session: Session, submission: Submission, *, to: Submission) -> None:
    """All its likes become those of `to`; who liked both counts once."""
    session.flush()
    both = select(Like.account_id).where(Like.submission_id == to.id)
    for sql in (
        delete(Like).where(Like.submission_id == submission.id, Like.account_id.in_(both)),
        update(Like).where(Like.submission_id == submission.id).values(submission_id=to.id),
    ):
        session.execute(sql.execution_options(synchronize_session=False))
    for one in (submission, to):
        _count(session, one)


def is_liked(session: Session, actor: Actor, submission_id: int) -> bool:
    """Whether this person likes it."""
    if actor.account_id is None:
        return False
    return session.get(Like, (submission_id, actor.account_id)) is not None


def _public(session: Session, actor: Actor, event: Event, submission_id: int) -> Submission:
    submission = seen(session, actor, event=event, submission_id=submission_id)
    if submission.state != "submitted" or submission.hidden_at is not None:
        raise NotFound("only what everybody can see can be liked; submit it first")
    return submission


def _count(session: Session, submission: Submission) -> None:
    session.flush()
    of_it = select(func.count()).select_from(Like).where(Like.submission_id == submission.id)
    submission.likes = session.execute(of_it).scalar_one()
