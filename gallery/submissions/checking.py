"""Runs the rules of `spaces.checks.run` on submissions, and keeps what they said.

Checks ask the Hub and the demo, so they never run inside a transaction. On demand they run on the
caller's thread and are handed out one at a time; after saves they run soon, each submission once,
a few at a time.
"""

import logging
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.tables import CheckRun, Facet, Membership, Pin, Submission
from gallery.errors import ForbiddenAddress, GalleryError, TooMany, Unavailable
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.sources import records
from gallery.submissions import revisions, samples
from gallery.submissions.access import of_team
from gallery.submissions.content import SubmissionContent
from gallery.submissions.index import index_app
from gallery.submissions.ownership import Standing, owner_of, standing_of
from gallery.submissions.stood import checks_before
from spaces.checks.run import Check, Entry, Outcome, run_checks
from spaces.errors import DemoRefused, DemoSlow, DemoUnavailable
from spaces.hub.addresses import repo_key
from spaces.hub.demo_api import Ask, DemoAnswer
from spaces.hub.facts import SpaceFacts

log = logging.getLogger(__name__)

KEPT_RUNS = 20
"""Of one submission; older ones are dropped when a new one is kept."""
AT_ONCE = 4
DEBOUNCE = 5.0
"""Seconds between the last save and the checks that follow it."""


class Checker:
    """Shared by the pages of one gallery. `close` it, so that no thread outlives the server."""

    def __init__(self, gallery: Gallery, *, debounce: float = DEBOUNCE) -> None:
        self._gallery = gallery
        self._debounce = debounce
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="checks")
        self._timers: dict[int, threading.Timer] = {}
        self._under_way: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._is_closed = False

    def run(self, actor: Actor, *, event: Event, submission_id: int) -> Iterator[Check]:
        """Checks now, one outcome at a time; what came is kept when the last one is there.

        For its team and the organisers. Raises `NotFound`, `NotAllowed`, and `TooMany` when
        `AT_ONCE` others are being checked.
        """
        with self._gallery.database.read() as session:
            of_team(session, actor, event=event, submission_id=submission_id)
        if not self._slots.acquire(timeout=10):
            raise TooMany(
                f"{AT_ONCE} other submissions are being checked; try again in a moment",
                retry_after=10,
            )
        try:
            yield from checks(self._gallery, event, submission_id)
        finally:
            self._slots.release()

    def soon(self, submission_id: int) -> None:
        """Checks when nothing was saved for a few seconds; call it after every save."""
        with self._lock:
            if self._is_closed:
                return
            waiting = self._timers.pop(submission_id, None)
            if waiting is not None:
                waiting.cancel()
            timer = threading.Timer(self._debounce, self._begin, (submission_id,))
            timer.daemon = True
            self._timers[submission_id] = timer
            timer.start()

    def is_coming(self, submission_id: int) -> bool:
        """Whether checks that follow a save wait or run."""
        with self._lock:
            return submission_id in self._timers or self._under_way[submission_id] > 0

    def close(self) -> None:
        """Forgets what was to be checked soon, and waits for what is being checked."""
        with self._lock:
            self._is_closed = True
            for timer in self._timers.values():
                timer.cancel()
            self._timers.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _begin(self, submission_id: int) -> None:
        with self._lock:
            self._timers.pop(submission_id, None)
            if not self._is_closed:
                self._under_way[submission_id] += 1
                self._pool.submit(self._quietly, submission_id)

    def _quietly(self, submission_id: int) -> None:
        """Nobody waits for these: what goes wrong is for the log."""
        try:
            with self._gallery.database.read() as session:
                submission = session.get(Submission, submission_id)
            if submission is None or submission.event not in self._gallery.events:
                return
            with self._slots:
                event = self._gallery.event(submission.event)
                for _ in checks(self._gallery, event, submission_id):
                    pass
        except GalleryError as error:
            log.warning("submission %d was not checked: %s", submission_id, error)
        except Exception:
            log.exception("the checks of submission %d broke", submission_id)
        finally:
            with self._lock:
                self._under_way[submission_id] -= 1


def checks(gallery: Gallery, event: Event, submission_id: int) -> Iterator[Check]:
    """Checks, one outcome at a time, and keeps them when the last one is there.

    Asks nobody for leave: that is the caller's. Must not be called within a transaction.
    """
    with gallery.database.read() as session:
        submission = session.get_one(Submission, submission_id)
        content = revisions.current(session, submission)
    space = records.refresh(gallery, "space", content.space_id).facts
    facts = space if isinstance(space, SpaceFacts) else None
    with gallery.database.read() as session:
        submission = session.get_one(Submission, submission_id)
        entry = entry_of(session, event, submission, content, facts)
        owner = owner_check(
            standing_of(session, submission.team, content.space_id), content.space_id
        )
    done = [] if owner is None else [owner]
    yield from done
    answers: list[DemoAnswer] = []
    for check in run_checks(entry, gallery.hub, asking(gallery), answered=answers.append):
        done.append(check)
        yield check
    with gallery.database.write() as session:
        keep(session, gallery.clock(), submission_id=submission_id, checks=done, facts=facts)
    for answer in answers:
        if answer.picture is not None:
            samples.keep_one(gallery, submission_id, answer.picture)


def entry_of(
    session: Session,
    event: Event,
    submission: Submission,
    content: SubmissionContent,
    facts: SpaceFacts | None,
) -> Entry:
    """What the rules look at. Nobody counts the team of what was collected from the Hub."""
    members = select(func.count()).where(Membership.team_id == submission.team_id)
    return Entry(
        space_id=content.space_id,
        tag=event.tag,
        team_size=None if submission.source == "collected" else session.scalar(members),
        team_min=event.team_min,
        team_max=event.team_max,
        models=content.models,
        datasets=content.datasets,
        twins=_twins(session, submission, facts),
    )


def _twins(
    session: Session, submission: Submission, facts: SpaceFacts | None
) -> tuple[SpaceFacts, ...]:
    """Spaces of submissions with the very same app file that were handed in before this one."""
    if facts is None or facts.app_digest is None:
        return ()
    wanted = (
        select(Submission.space_id)
        .join(Facet, Facet.submission_id == Submission.id)
        .where(
            Facet.kind == "app",
            Facet.value == facts.app_digest,
            Submission.event == submission.event,
            Submission.space_key != repo_key(facts.repo_id),
            Submission.state == "submitted",
        )
        .order_by(Submission.submitted_at)
        .limit(3)
    )
    if submission.submitted_at is not None:
        wanted = wanted.where(Submission.submitted_at < submission.submitted_at)
    known = (records.space(session, space_id).facts for space_id in session.scalars(wanted))
    return tuple(twin for twin in known if twin is not None)


def owner_check(standing: Standing, space_id: str) -> Check | None:
    """Whether the Space is the team's own; None for what nobody has claimed."""
    owner, title = owner_of(space_id), "The Space belongs to the team"
    match standing:
        case Standing.NOBODY:
            return None
        case Standing.OWNER:
            said = f"It is the team's, in which somebody is {owner} or which has shown it."
            return Check("space_owner", title, Outcome.PASS, said)
        case Standing.ORGANISERS_WORD:
            return Check("space_owner", title, Outcome.PASS, "The organisers say that it is.")
    return Check(
        "space_owner",
        title,
        Outcome.WARNING,
        f"Nobody in the team is known to be {owner}, to whom the Space belongs.",
        f"Sign in as {owner} or as a member of that organisation, or hand in: then you are shown a "
        "line for the Space's README that proves it.",
    )


def asking(gallery: Gallery) -> Ask:
    """Asks demos by the gallery's fetcher, which connects to no private address."""

    def ask(
        address: str,
        content: bytes | None = None,
        *,
        content_type: str = "application/json",
        max_bytes: int,
        seconds: float,
    ) -> bytes:
        try:
            if content is None:
                return gallery.fetcher.get(address, max_bytes=max_bytes, seconds=seconds).content
            return gallery.fetcher.post(
                address, content, content_type=content_type, max_bytes=max_bytes, seconds=seconds
            ).content
        except ForbiddenAddress as error:
            raise DemoRefused(str(error)) from error
        except Unavailable as error:
            raise (DemoSlow if error.is_slow else DemoUnavailable)(str(error)) from error

    return ask


def keep(
    session: Session,
    now: datetime,
    *,
    submission_id: int,
    checks: Sequence[Check],
    facts: SpaceFacts | None,
) -> None:
    """Stores what a run of all checks said; of one submission the last few runs stay, and the last
    before the deadline that it is pinned for, which the jury looks at."""
    submission = session.get_one(Submission, submission_id)
    if facts is not None and facts.repo_id == submission.space_id:
        index_app(submission, facts)
    session.add(
        CheckRun(
            submission_id=submission_id,
            at=now,
            space_revision=None if facts is None else facts.commit,
            results=[asdict(check) for check in checks],
        )
    )
    session.flush()
    older = session.scalars(
        select(CheckRun)
        .where(CheckRun.submission_id == submission_id)
        .order_by(CheckRun.id.desc())
        .offset(KEPT_RUNS)
    )
    deadline = session.scalar(
        select(func.max(Pin.deadline)).where(Pin.submission_id == submission_id)
    )
    stood = None if deadline is None else checks_before(session, submission_id, deadline)
    for run in older.all():
        if run is not stood:
            session.delete(run)


def newest(session: Session, submission_id: int) -> tuple[Check, ...]:
    """What the last run said; empty when there was none."""
    run = session.scalars(
        select(CheckRun)
        .where(CheckRun.submission_id == submission_id)
        .order_by(CheckRun.id.desc())
        .limit(1)
    ).first()
    if run is None:
        return ()
    return tuple(
        Check(**{**result, "outcome": Outcome(result["outcome"])}) for result in run.results
    )
