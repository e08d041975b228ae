"""Reporting, hiding and restoring submissions, ideas and comments, each with its reason."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Account, Idea, IdeaComment, Report, Submission
from gallery.errors import Invalid, NotFound, TooMany
from gallery.event.event import Event
from gallery.people.texts import ROW_MAX, line
from gallery.submissions import letters
from gallery.submissions.access import may_see

OPEN_PER_ACCOUNT = 20
"""Reports of one account that wait for a decision."""


class Subject(StrEnum):
    """What can be reported and hidden."""

    SUBMISSION = "submission"
    IDEA = "idea"
    COMMENT = "comment"


@dataclass(frozen=True)
class Reported:
    """A report as the organisers' board shows it, with what it is about."""

    report: Report
    by: str
    title: str
    address: str
    is_hidden: bool


def report(act: Act, *, subject: Subject, subject_id: int, reason: str) -> Report:
    """Tells the organisers. An account has one open report of a thing: again renews its reason.

    Raises `NotSignedIn`, `NotFound`, `Invalid`, and `TooMany` above `OPEN_PER_ACCOUNT`.
    """
    account_id = act.actor.require_account("report something")
    found = _find(act.session, act.actor, event=act.event, subject=subject, subject_id=subject_id)
    reason = line(reason, field="reason", what="the reason", least=3, most=1000)
    mine = select(Report).where(Report.account_id == account_id, Report.state == "open")
    same = act.session.scalars(
        mine.where(Report.subject_type == subject.value, Report.subject_id == subject_id)
    ).one_or_none()
    if same is not None:
        same.reason = reason
        same.at = act.now
    else:
        waiting = act.session.scalar(select(func.count()).select_from(mine.subquery())) or 0
        if waiting >= OPEN_PER_ACCOUNT:
            raise TooMany(
                f"{waiting} of your reports wait for the organisers; go on when they have decided",
                retry_after=3600,
            )
        same = Report(
            event=act.event.slug,
            subject_type=subject.value,
            subject_id=subject_id,
            account_id=account_id,
            reason=reason,
            at=act.now,
            state="open",
        )
        act.session.add(same)
        act.session.flush()
        letters.reported(act.session, act.now, act.event, found, same)
    _log(act, "reported", subject, subject_id, reason)
    return same


def hide(act: Act, *, subject: Subject, subject_id: int, reason: str) -> None:
    """Only its authors and the organisers see it from now on; its open reports are upheld."""
    act.actor.require_organiser(act.event.slug)
    reason = line(reason, field="reason", what="the reason", least=3, most=500)
    found = _find(act.session, act.actor, event=act.event, subject=subject, subject_id=subject_id)
    is_news = found.hidden_at is None or found.hidden_reason != reason
    found.hidden_at = found.hidden_at or act.now
    found.hidden_reason = reason
    for one in _open_reports(act.session, subject, subject_id):
        _decide(one, act.actor, act.now, state="upheld", decision=reason)
    _log(act, "hidden", subject, subject_id, reason)
    if is_news:
        letters.hidden(act.session, act.now, act.event, found, reason=reason)


def restore(act: Act, *, subject: Subject, subject_id: int, reason: str) -> None:
    """Everybody sees it again. What was not hidden stays as it is."""
    act.actor.require_organiser(act.event.slug)
    reason = line(reason, field="reason", what="the reason", least=3, most=500)
    found = _find(act.session, act.actor, event=act.event, subject=subject, subject_id=subject_id)
    if found.hidden_at is None:
        return
    found.hidden_at = None
    found.hidden_reason = None
    _log(act, "restored", subject, subject_id, reason)
    letters.hidden(act.session, act.now, act.event, found, reason=reason)


def dismiss(act: Act, *, report_id: int, reason: str) -> Report:
    """Decides a report without hiding anything. Raises `NotFound`, and `Invalid` when decided."""
    act.actor.require_organiser(act.event.slug)
    reason = line(reason, field="reason", what="the reason", least=3, most=500)
    found = act.session.get(Report, report_id) if 0 < report_id <= ROW_MAX else None
    if found is None or found.event != act.event.slug:
        raise NotFound(f"there is no report {report_id} here; look at the list again")
    if found.state != "open":
        raise Invalid(
            f"this report was {found.state} already; look at the list again", field="report_id"
        )
    _decide(found, act.actor, act.now, state="dismissed", decision=reason)
    act.record("report.dismissed", subject=("report", found.id), details={"reason": reason})
    return found


def reports(
    session: Session, actor: Actor, *, event: Event, state: str = "open"
) -> tuple[Reported, ...]:
    """For organisers, the oldest first; `state` is `open`, `upheld` or `dismissed`."""
    actor.require_organiser(event.slug)
    rows = session.execute(
        select(Report, Account.name)
        .join(Account, Account.id == Report.account_id)
        .where(Report.event == event.slug, Report.state == state)
        .order_by(Report.at, Report.id)
    )
    return tuple(_reported(session, found, name) for found, name in rows)


def _reported(session: Session, found: Report, by: str) -> Reported:
    home = f"/{found.event}"
    match Subject(found.subject_type):
        case Subject.SUBMISSION:
            subject = session.get_one(Submission, found.subject_id)
            title, address = subject.title, f"{home}/submissions/{subject.id}"
        case Subject.IDEA:
            subject = session.get_one(Idea, found.subject_id)
            title, address = subject.title, f"{home}/ideas/{subject.id}"
        case Subject.COMMENT:
            subject = session.get_one(IdeaComment, found.subject_id)
            title, address = subject.text[:80], f"{home}/ideas/{subject.idea_id}"
    return Reported(found, by, title, address, is_hidden=subject.hidden_at is not None)


def _find(
    session: Session, actor: Actor, *, event: Event, subject: Subject, subject_id: int
) -> Submission | Idea | IdeaComment:
    """What is meant, if this actor may see it; raises `NotFound` alike for all else."""
    tables = {
        Subject.SUBMISSION: Submission,
        Subject.IDEA: Idea,
        Subject.COMMENT: IdeaComment,
    }
    found = session.get(tables[subject], subject_id) if 0 < subject_id <= ROW_MAX else None
    if found is None or not _is_shown(session, actor, found, event):
        raise NotFound(
            f"there is no {subject.value} {subject_id} here (any more); look at the list"
        )
    return found


def _is_shown(
    session: Session, actor: Actor, found: Submission | Idea | IdeaComment, event: Event
) -> bool:
    if isinstance(found, IdeaComment):
        idea = session.get_one(Idea, found.idea_id)
        is_here = idea.event == event.slug
        is_open = found.hidden_at is None and idea.hidden_at is None
    else:
        is_here = found.event == event.slug
        is_open = (
            may_see(session, actor, found)
            if isinstance(found, Submission)
            else found.hidden_at is None
        )
    return is_here and (is_open or actor.organises(event.slug))


def _open_reports(session: Session, subject: Subject, subject_id: int) -> list[Report]:
    wanted = select(Report).where(
        Report.subject_type == subject.value,
        Report.subject_id == subject_id,
        Report.state == "open",
    )
    return list(session.scalars(wanted))


def _decide(found: Report, actor: Actor, now: datetime, *, state: str, decision: str) -> None:
    found.state = state
    found.decided_at = now
    found.decided_by = actor.account_id
    found.decision = decision


def _log(act: Act, verb: str, subject: Subject, subject_id: int, reason: str) -> None:
    act.record(
        f"{subject.value}.{verb}", subject=(subject.value, subject_id), details={"reason": reason}
    )
