"""Pictures that everybody could see and may not any more: those of hidden and withdrawn demos.

Whoever saw a picture knows its address, so hiding a demo must close that, too. Pictures of drafts
need no such care: nobody can guess the address of what they were never shown.
"""

import time
from collections import defaultdict
from collections.abc import Mapping
from threading import Lock

from sqlalchemy import Text, and_, cast, or_, select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.connection import Database
from gallery.database.tables import Revision, Submission
from gallery.submissions.access import may_see
from gallery.submissions.content import SubmissionContent

LOOK_SECONDS = 5.0
"""How late a picture goes, or comes back, after its demo."""
GONE = or_(
    Submission.hidden_at.is_not(None),
    and_(Submission.state != "submitted", Submission.submitted_at.is_not(None)),
)


class Withheld:
    """Asked for every picture that is served, so it answers from memory for all that are shown."""

    def __init__(self, database: Database, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._database = database
        self._look_seconds = look_seconds
        self._looked: float | None = None
        self._gone: list[tuple[int, int]] = []
        self._shown_by: Mapping[str, set[int]] = {}
        self._lock = Lock()

    def holds(self, digest: str) -> bool:
        """Whether it takes `may_see` to know who may see this picture."""
        with self._lock:
            now = time.monotonic()
            if self._looked is None or now - self._looked >= self._look_seconds:
                self._look()
                self._looked = now
            return digest in self._shown_by

    def is_known_free(self, digest: str) -> bool:
        """Whether everybody may see it, as was seen a moment ago; never waits for the database."""
        looked = self._looked
        is_fresh = looked is not None and time.monotonic() - looked < self._look_seconds
        return is_fresh and digest not in self._shown_by

    def may_see(self, actor: Actor, digest: str) -> bool:
        """The teams that show it and the organisers; everybody, if a public demo shows it too."""
        with self._database.read() as session:
            for submission_id in self._shown_by.get(digest, ()):
                submission = session.get(Submission, submission_id)
                if submission is not None and may_see(session, actor, submission):
                    return True
            return _is_shown_elsewhere(session, digest)

    def _look(self) -> None:
        with self._database.read() as session:
            rows = select(Submission.id, Submission.number).where(GONE).order_by(Submission.id)
            gone = [(submission_id, number) for submission_id, number in session.execute(rows)]
            if gone == self._gone:
                return
            shown_by: dict[str, set[int]] = defaultdict(set)
            contents = (
                select(Revision.submission_id, Revision.content)
                .join(Submission, Submission.id == Revision.submission_id)
                .where(GONE)
                .execution_options(yield_per=500)
            )
            for submission_id, content in session.execute(contents):
                for digest in SubmissionContent.model_validate(content).digests():
                    shown_by[digest].add(submission_id)
        self._gone, self._shown_by = gone, dict(shown_by)


def _is_shown_elsewhere(session: Session, digest: str) -> bool:
    found = (
        select(Submission.id)
        .join(Revision, Revision.submission_id == Submission.id)
        .where(
            Submission.state == "submitted",
            Submission.hidden_at.is_(None),
            cast(Revision.content, Text).contains(digest, autoescape=True),
        )
        .limit(1)
    )
    return session.scalar(found) is not None
