"""Removes pictures that nothing shows: uploads that were thought better of."""

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gallery.actor import WATCHER
from gallery.database.connection import Database
from gallery.database.log import record
from gallery.database.tables import Picture, Revision, Sheet, SheetTile
from gallery.submissions.content import SubmissionContent
from gallery.submissions.pictures import PictureStore

KEPT_UNUSED = timedelta(days=1)
OVERLAP = timedelta(hours=1)
"""More than a save can take: what was saved since is looked at again before anything goes."""


def sweep_pictures(database: Database, now: datetime, *, store: PictureStore) -> tuple[str, ...]:
    """Removes what nothing shows and nobody handed in for a day; gives the digests.

    Files without a row go with it: of uploads that ended, with the program, before they had one.
    All revisions are read before the transaction that removes, so that nobody waits for it. The
    files go inside it: there is one writer at a time, so nobody can begin to use a picture in
    between, and after a crash the row is still there to be swept again.
    """
    with database.read() as session:
        old = set(session.scalars(_old(now)))
        unused = old - _shown(session) - _on_sheets(session) if old else old
        strays = store.untouched_since(now - KEPT_UNUSED) - set(session.scalars(_all()))
    if not unused and not strays:
        return ()
    with database.write() as session:
        unused &= set(session.scalars(_old(now)))
        unused -= _shown(session, since=now - OVERLAP)
        unused -= _on_sheets(session)
        strays -= set(session.scalars(_all()))
        for digest in unused:
            session.delete(session.get_one(Picture, digest))
            subject = ("picture", digest)
            record(session, WATCHER, now, "picture.removed", subject=subject, event=None)
        session.flush()
        for digest in unused | strays:
            store.remove(digest)
    return tuple(sorted(unused | strays))


def _all() -> Select[str]:
    return select(Picture.digest)


def _old(now: datetime) -> Select[str]:
    return select(Picture.digest).where(Picture.created_at < now - KEPT_UNUSED)


def _shown(session: Session, *, since: datetime | None = None) -> set[str]:
    """Digests that any revision shows, since history can be looked at."""
    wanted = select(Revision.content)
    if since is not None:
        wanted = wanted.where(Revision.saved_at >= since)
    contents = session.scalars(wanted.execution_options(yield_per=500))
    return {
        digest
        for content in contents
        for digest in SubmissionContent.model_validate(content).digests()
    }


def _on_sheets(session: Session) -> set[str]:
    """What jurors gave to all demos, and what those made of it."""
    made = select(SheetTile.picture_digest).where(SheetTile.picture_digest.is_not(None))
    found = (*session.scalars(select(Sheet.picture_digest)), *session.scalars(made))
    return {digest for digest in found if digest}
