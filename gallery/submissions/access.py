"""Who may see a submission, and who may change it. Every use case asks here first."""

from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.tables import Membership, Submission
from gallery.errors import NotAllowed, NotFound, NotSignedIn
from gallery.event.event import Event
from gallery.people.texts import ROW_MAX


def works_on(session: Session, actor: Actor, submission: Submission) -> bool:
    """Whether `actor` is a member of the submission's team, or its token."""
    if actor.token_team_id is not None:
        return actor.token_team_id == submission.team_id
    if actor.account_id is None:
        return False
    return session.get(Membership, (submission.team_id, actor.account_id)) is not None


def seen(session: Session, actor: Actor, *, event: Event, submission_id: int) -> Submission:
    """The submission, for those who may see it; raises `NotFound` alike for all others.

    Everybody sees what was submitted and is not hidden; its team and the organisers see the rest.
    """
    found = session.get(Submission, submission_id) if 0 < submission_id <= ROW_MAX else None
    if found is None or found.event != event.slug or not may_see(session, actor, found):
        raise NotFound(f"there is no submission {submission_id} here; look in the gallery")
    return found


def may_see(session: Session, actor: Actor, submission: Submission) -> bool:
    if submission.state == "submitted" and submission.hidden_at is None:
        return True
    return actor.organises(submission.event) or works_on(session, actor, submission)


def of_team(session: Session, actor: Actor, *, event: Event, submission_id: int) -> Submission:
    """The submission, for its team and the organisers.

    Raises `NotFound`, `NotSignedIn` or `NotAllowed`.
    """
    submission = seen(session, actor, event=event, submission_id=submission_id)
    if actor.organises(event.slug) or works_on(session, actor, submission):
        return submission
    if not actor.is_signed_in and actor.token_team_id is None:
        raise NotSignedIn("only its team may change a submission; sign in as a member")
    raise NotAllowed("only its team may change a submission; ask a member, or for an invitation")
