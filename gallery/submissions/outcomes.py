"""What the checks said at their last run, counted: for boards."""

from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gallery.database.tables import CheckRun, Submission
from gallery.event.event import Event


def check_outcomes(session: Session, event: Event) -> dict[int, Counter[str]]:
    """How many checks of each outcome the newest run of each submitted demo has, by id."""
    newest = (
        select(func.max(CheckRun.id))
        .join(Submission, Submission.id == CheckRun.submission_id)
        .where(Submission.event == event.slug, Submission.state == "submitted")
        .group_by(CheckRun.submission_id)
    )
    rows = session.execute(
        select(CheckRun.submission_id, CheckRun.results).where(CheckRun.id.in_(newest))
    )
    return {
        submission_id: Counter(str(result.get("outcome")) for result in results)
        for submission_id, results in rows
    }


def failing_checks(session: Session, event: Event) -> dict[int, int]:
    """How many failed, of submitted demos of which some did."""
    outcomes = check_outcomes(session, event)
    return {demo: found["failure"] for demo, found in outcomes.items() if found["failure"]}
