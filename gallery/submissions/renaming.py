"""Spaces that are called otherwise on the Hub than here: renamed there, or spelt otherwise.

The Hub leads from a former name on to the new one, and knows a repository by an id that stays. So
a Space that was renamed is the same entry, with its likes, looks and pins.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gallery.actor import WATCHER
from gallery.database.log import record
from gallery.database.tables import Pin, Submission
from gallery.gallery import Gallery
from gallery.sources import health, records
from gallery.submissions import revisions
from gallery.submissions.giving_way import settle_double
from gallery.submissions.index import reindex
from spaces.hub.addresses import repo_key
from spaces.hub.facts import SpaceFacts


def follow(gallery: Gallery, *, former: str, facts: SpaceFacts) -> None:
    """Lets every entry of a Space that is named `former` here be called as on the Hub.

    Nothing is written where all is well. Must not be called within a transaction.
    """
    with gallery.database.read() as session:
        if not _misnamed(session, former, facts):
            return
    with gallery.database.write() as session:
        rename(session, gallery.clock(), former=former, facts=facts)


def follow_listed(session: Session, now: datetime, listed: SpaceFacts) -> None:
    """Call it for a Space in a list, before anything is made of it: it may be known here by a
    former name, and lists lead nowhere."""
    former = records.former_key(session, "space", listed.repo_id, listed.hub_id)
    if former is not None:
        rename(session, now, former=former, facts=listed)


def rename(session: Session, now: datetime, *, former: str, facts: SpaceFacts) -> None:
    """`follow` inside a transaction."""
    for submission in _misnamed(session, former, facts):
        before = submission.space_id
        if submission.state == "submitted" and submission.space_key != repo_key(facts.repo_id):
            settle_double(session, WATCHER, now, submission, space_id=facts.repo_id)
        content = revisions.current(session, submission)
        reindex(submission, content.model_copy(update={"space_id": facts.repo_id}))
        session.execute(
            update(Pin)
            .where(
                Pin.submission_id == submission.id,
                Pin.repo_type == "space",
                Pin.repo_key == repo_key(former),
            )
            .values(repo_id=facts.repo_id, repo_key=repo_key(facts.repo_id))
        )
        session.flush()
        record(
            session,
            WATCHER,
            now,
            "submission.renamed",
            subject=("submission", submission.id),
            event=submission.event,
            details={"former": before, "space": facts.repo_id},
        )
        health.move(session, before, facts.repo_id)


def _misnamed(session: Session, former: str, facts: SpaceFacts) -> list[Submission]:
    """Those that are of the Space and say another name; what was handed in first comes first."""
    wanted = select(Submission).where(
        Submission.space_key == repo_key(former), Submission.space_id != facts.repo_id
    )
    return list(session.scalars(wanted.order_by(Submission.submitted_at, Submission.id)))
