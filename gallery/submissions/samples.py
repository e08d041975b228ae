"""A picture that a demo made for a check, kept for demos that nobody gave any pictures.

So there is something to look at on the day when a demo that was collected from the Hub is down.
"""

from sqlalchemy.orm import Session

from gallery.actor import WATCHER
from gallery.database.tables import Revision, Submission
from gallery.errors import Invalid, Unavailable
from gallery.gallery import Gallery
from gallery.submissions import pictures, revisions
from gallery.submissions.content import SamplePicture
from gallery.submissions.index import reindex
from gallery.submissions.log import record
from gallery.submissions.pictures import PictureStore

CAPTION = "Made by the demo when it was checked"


def keep_one(gallery: Gallery, submission_id: int, data: bytes) -> None:
    """Keeps the picture in `data`, if there is one in it and the submission lacks any.

    What a team wrote is its own: it is never added to. Must not be called within a transaction.
    """
    with gallery.database.read() as session:
        if not _lacks_any(session, submission_id):
            return
    try:
        picture = pictures.prepare(data)
    except (Invalid, Unavailable):
        return
    store = PictureStore(gallery.settings.pictures_dir)
    store.write(picture)
    with gallery.database.write() as session:
        if not _lacks_any(session, submission_id):
            return
        now = gallery.clock()
        pictures.keep(session, WATCHER, now, store=store, picture=picture)
        submission = session.get_one(Submission, submission_id)
        before = revisions.current(session, submission)
        sample = SamplePicture(digest=picture.digest, caption=CAPTION)
        content = before.model_copy(update={"pictures": (sample,)})
        revisions.append(session, WATCHER, now, submission, content)
        reindex(submission, content)
        record(session, WATCHER, now, submission, "sampled", picture=picture.digest)


def is_untouched(session: Session, submission: Submission) -> bool:
    """Collected, and nobody has written in it since."""
    if submission.source != "collected":
        return False
    newest = session.get_one(Revision, (submission.id, submission.number))
    return newest.account_id is None


def _lacks_any(session: Session, submission_id: int) -> bool:
    submission = session.get_one(Submission, submission_id)
    if submission.state != "submitted" or not is_untouched(session, submission):
        return False
    return not revisions.current(session, submission).pictures
