"""What must hold before a submission is changed; each raises the error that says what does not."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Account, Picture, Revision, Submission, Team
from gallery.errors import Invalid, NotAllowed, Stale
from gallery.event.event import Event
from gallery.event.phase import PhaseKey
from gallery.names import isolated
from gallery.people.texts import line
from gallery.submissions.access import works_on
from gallery.submissions.content import SubmissionContent
from gallery.submissions.ownership import Standing, is_unclaimed, standing_of
from spaces.hub.addresses import repo_key


def require_open(event: Event, now: datetime) -> None:
    event.require_open(PhaseKey.SUBMISSION, now, "handing in and editing")


def authorise(act: Act, submission: Submission, *, reason: str) -> str:
    """Lets the team in until the deadline, and organisers always if they say why.

    Gives the reason that the history shows; a team that changes its own in time need not have one.
    """
    is_team = works_on(act.session, act.actor, submission)
    if is_team and act.event.is_open(PhaseKey.SUBMISSION, act.now):
        return require_reason(reason) if reason.strip() else ""
    if not act.actor.organises(act.event.slug):
        require_open(act.event, act.now)
    return require_reason(reason)


def require_reason(reason: str) -> str:
    """The history shows it."""
    return line(reason, field="reason", what="the reason for the change", least=3, most=500)


def require_newest(session: Session, submission: Submission, number: int) -> None:
    if number == submission.number:
        return
    row = session.execute(
        select(Revision.saved_at, Account.display_name)
        .outerjoin(Account, Account.id == Revision.account_id)
        .where(Revision.submission_id == submission.id, Revision.number == submission.number)
    ).one()
    raise Stale(
        f"{isolated(row.display_name or 'the gallery')} saved revision {submission.number} at "
        f"{row.saved_at:%H:%M} UTC, and yours was begun on revision {number}; nothing was "
        "overwritten: load the newest, or save yours on top of it"
    )


def require_free(session: Session, event: Event, space_id: str, team: Team) -> None:
    """What was handed in by who owns the Space holds it; nobody else keeps an owner out."""
    found = holder_of(session, event.slug, space_id)
    if found is None:
        return
    if found.team_id == team.id and not is_unclaimed(team):
        raise NotAllowed(
            f"your team has handed this Space in already, as “{isolated(found.title)}”; "
            "edit that one, or withdraw it before"
        )
    if standing_of(session, found.team, space_id) is Standing.OWNER:
        raise NotAllowed(
            f"the team {isolated(found.team.name)} has handed this Space in already; "
            "ask to join it, or tell the organisers if the Space is yours"
        )


def holder_of(session: Session, event_slug: str, space_id: str) -> Submission | None:
    """What is handed in of a Space, however it is spelt."""
    return session.scalars(
        select(Submission).where(
            Submission.event == event_slug,
            Submission.space_key == repo_key(space_id),
            Submission.state == "submitted",
        )
    ).one_or_none()


def require_pictures(session: Session, content: SubmissionContent) -> None:
    wanted = content.digests()
    there = session.scalars(select(Picture.digest).where(Picture.digest.in_(wanted))).all()
    missing = wanted.difference(there)
    if missing:
        raise Invalid(
            f"{len(missing)} of the pictures are not stored here (any more); upload them again",
            field="pictures",
        )
