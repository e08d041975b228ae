"""The snapshot at the deadline: which commits of Space, models and datasets were handed in.

The jury looks at what was there then. What changes afterwards is no fault, and it is flagged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from gallery.database.log import record
from gallery.database.tables import Pin, Revision, Submission
from gallery.errors import Closed
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.people.actor import Actor
from gallery.sources import records
from gallery.sources.pace import Pace
from gallery.sources.records import Repo
from gallery.submissions import naming
from gallery.submissions.content import SubmissionContent
from spaces.errors import HubRefused, HubUnavailable


@dataclass(frozen=True)
class Pinned:
    """What became of one submission; `problem` says why it is not pinned yet."""

    submission_id: int
    problem: str | None = None


@dataclass(frozen=True)
class _Due:
    submission_id: int
    number: int
    """Of the revision that was the newest at the deadline."""
    repos: tuple[Repo, ...]


def pins(session: Session, submission: Submission) -> tuple[Pin, ...]:
    """The Space first, then models and datasets by name; empty before the snapshot."""
    rows = session.scalars(_PINS, {"submission_id": submission.id})
    order = ("space", "model", "dataset")
    return tuple(sorted(rows, key=lambda pin: (order.index(pin.repo_type), pin.repo_id)))


_PINS = select(Pin).where(Pin.submission_id == bindparam("submission_id"))


def is_due(session: Session, event: Event, now: datetime) -> bool:
    """Whether the deadline is over and there is something that is not pinned."""
    return now >= event.deadline and bool(_unpinned(session, event))


def snapshot(gallery: Gallery, actor: Actor, *, event: Event, pace: Pace) -> Iterator[Pinned]:
    """Pins what is not pinned yet, one submission after the other; hidden ones too.

    A submission is pinned as a whole or, when the Hub does not answer, not yet. Raises
    `NotAllowed`, and `Closed` before the deadline. Must not be called within a transaction.
    """
    actor.require_organiser(event.slug)
    if gallery.clock() < event.deadline:
        raise Closed(
            f"the snapshot is taken at the deadline, {event.deadline:%-d %B %Y, %H:%M %Z}; "
            "run it then, or let the running gallery do it"
        )
    with gallery.database.read() as session:
        due = [_due(session, submission, event) for submission in _unpinned(session, event)]
    commits: dict[Repo, str | None] = {}  # teams share models
    for one in due:
        try:
            for repo in one.repos:
                if repo not in commits:
                    commits[repo] = _commit(gallery, repo, event.deadline, pace)
        except HubUnavailable as error:
            yield Pinned(one.submission_id, str(error))
            continue
        with gallery.database.write() as session:
            found = {repo: commits[repo] for repo in one.repos}
            _pin(session, actor, gallery.clock(), one, found, event=event)
        yield Pinned(one.submission_id)


def _unpinned(session: Session, event: Event) -> list[Submission]:
    pinned = select(Pin.submission_id).where(Pin.repo_type == "space")
    return list(
        session.scalars(
            select(Submission)
            .where(
                Submission.event == event.slug,
                Submission.state == "submitted",
                Submission.id.not_in(pinned),
            )
            .order_by(Submission.id)
        )
    )


def _due(session: Session, submission: Submission, event: Event) -> _Due:
    revision = session.scalars(
        select(Revision)
        .where(Revision.submission_id == submission.id, Revision.saved_at < event.deadline)
        .order_by(Revision.number.desc())
        .limit(1)
    ).one_or_none()
    if revision is None:  # organisers took it in afterwards
        revision = session.get_one(Revision, (submission.id, submission.number))
    content = SubmissionContent.model_validate(revision.content)
    repos = dict.fromkeys(naming.repos_of(content))
    return _Due(submission.id, revision.number, tuple(repos))


def _commit(gallery: Gallery, repo: Repo, deadline: datetime, pace: Pace) -> str | None:
    """The commit at the deadline; None when there was no such repository. `HubUnavailable`.

    Usually the deadline has just passed and the newest commit is the one. Only when something was
    pushed since is the history read: its dates are the pusher's word.
    """
    known = records.refresh(gallery, *repo, before=pace.wait)
    if known.problem is not None:
        raise HubUnavailable(known.problem)
    if known.facts is None:
        return None
    changed = known.facts.last_modified
    if changed is None or changed < deadline:
        return known.facts.commit
    pace.wait()
    try:
        return gallery.hub.commit_before(*repo, deadline)
    except HubRefused:  # a gated one tells its newest commit, and no history
        return known.facts.commit


def _pin(
    session: Session,
    actor: Actor,
    now: datetime,
    due: _Due,
    commits: dict[Repo, str | None],
    *,
    event: Event,
) -> None:
    if session.get(Pin, (due.submission_id, *due.repos[0])) is not None:
        return  # another process was quicker
    for (repo_type, repo_id), commit in commits.items():
        session.add(
            Pin(
                submission_id=due.submission_id,
                repo_type=repo_type,
                repo_id=repo_id,
                revision_number=due.number,
                commit=commit,
                pinned_at=now,
            )
        )
    session.flush()
    for repo_type, repo_id in commits:
        records.flag_drift(session, now, repo_type, repo_id)
    record(
        session,
        actor,
        now,
        "submission.pinned",
        subject=("submission", due.submission_id),
        event=event.slug,
        details={
            "number": due.number,
            "commits": {f"{kind} {name}": commit for (kind, name), commit in commits.items()},
        },
    )
