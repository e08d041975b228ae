"""Removes pictures that nothing shows: uploads that were thought better of."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.database.tables import Picture, Revision, Submission
from gallery.submissions.content import SubmissionContent
from gallery.submissions.pictures import PictureStore

KEPT_UNUSED = timedelta(days=1)


def sweep_pictures(session: Session, now: datetime, *, store: PictureStore) -> tuple[str, ...]:
    """Removes what no revision shows since a day; gives the digests.

    The files go inside the transaction: there is one writer at a time, so nobody can begin to use
    a picture in between, and after a crash the row is still there to be swept again.
    """
    old = set(session.scalars(select(Picture.digest).where(Picture.created_at < now - KEPT_UNUSED)))
    unused = old - _shown(session) if old else old
    for digest in sorted(unused):
        session.delete(session.get_one(Picture, digest))
    session.flush()
    for digest in unused:
        store.remove(digest)
    return tuple(sorted(unused))


def _shown(session: Session) -> set[str]:
    """Digests of all pictures in use: in any revision, since history can be looked at."""
    shown: set[str] = set()
    for row in session.execute(select(Submission.thumbnail, Submission.second_picture)):
        shown.update(digest for digest in row if digest)
    contents = session.scalars(select(Revision.content).execution_options(yield_per=500))
    for content in contents:
        shown |= SubmissionContent.model_validate(content).digests()
    return shown
