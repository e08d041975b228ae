"""The snapshot at the deadline: which commits of Space, models and datasets were handed in.

The jury looks at what was there then. What changes afterwards is no fault, and it is flagged.
A deadline may be moved, later or earlier, also when it is over: pins know which one they were taken
for, and only those for the one in force are shown. All others are taken anew once that one is over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Facet, Pin, Revision, Submission
from gallery.database.tables.base import Json
from gallery.errors import Closed
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.sources import records
from gallery.sources.pace import Pace
from gallery.sources.records import Facts, Repo
from gallery.submissions import naming, revisions
from gallery.submissions.content import SubmissionContent
from spaces.errors import HubRefused, HubUnavailable
from spaces.hub.addresses import repo_key


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


@dataclass(frozen=True)
class _Stood:
    """A repository at the deadline; nothing when there was none."""

    commit: str | None = None
    facts: Facts | None = None


def pins(
    session: Session, submission: Submission, *, event: Event, now: datetime
) -> tuple[Pin, ...]:
    """For the deadline in force: the Space first, then models and datasets by name.

    Empty before that deadline, whatever was pinned for another one.
    """
    if now < event.deadline:
        return ()
    given = {"submission_id": submission.id, "deadline": event.deadline}
    order = ("space", "model", "dataset")
    rows = session.scalars(_PINS, given)
    return tuple(sorted(rows, key=lambda pin: (order.index(pin.repo_type), pin.repo_id)))


_PINS = select(Pin).where(
    Pin.submission_id == bindparam("submission_id"), Pin.deadline == bindparam("deadline")
)


def is_due(session: Session, event: Event, now: datetime) -> bool:
    """Whether the deadline is over and there is something that is not pinned for it."""
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
    stood: dict[Repo, _Stood] = {}  # teams share models
    for one in due:
        try:
            for repo in one.repos:
                if repo not in stood:
                    stood[repo] = _at(gallery, repo, event.deadline, pace)
        except HubUnavailable as error:
            yield Pinned(one.submission_id, str(error))
            continue
        with gallery.database.write() as session:
            found = {repo: stood[repo] for repo in one.repos}
            _pin(Act(session, actor, gallery.clock(), event), one, found)
        yield Pinned(one.submission_id)


def _unpinned(session: Session, event: Event) -> list[Submission]:
    """What names something without a pin for the deadline in force."""
    pinned = select(Pin.submission_id).where(
        Pin.submission_id == Submission.id, Pin.deadline == event.deadline
    )
    linked = (
        select(Facet.submission_id)
        .where(
            Facet.submission_id == Submission.id,
            Facet.kind.in_(("model", "dataset")),
            ~pinned.where(
                Pin.repo_type == Facet.kind, Pin.repo_key == func.lower(Facet.value)
            ).exists(),
        )
        .exists()
    )
    of_space = pinned.where(Pin.repo_type == "space", Pin.repo_key == Submission.space_key)
    return list(
        session.scalars(
            select(Submission)
            .where(
                Submission.event == event.slug,
                Submission.state == "submitted",
                ~of_space.exists() | linked,
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
    now = revisions.current(session, submission)
    number, then = submission.number, now
    if revision is not None:  # else organisers took it in afterwards
        number, then = revision.number, SubmissionContent.model_validate(revision.content)
    # Whatever organisers put right since is pinned along: the jury sees it, too.
    named = (*naming.repos_of(now), *naming.repos_of(then)[1:])
    return _Due(submission.id, number, tuple({_key(repo): repo for repo in named}.values()))


def _key(repo: Repo) -> tuple[str, str]:
    return repo[0], repo_key(repo[1])


def _at(gallery: Gallery, repo: Repo, deadline: datetime, pace: Pace) -> _Stood:
    """The commit at the deadline, and what was there. `HubUnavailable`.

    Usually the deadline has just passed and the newest commit is the one. Only when something was
    pushed since is the history read: its dates are the pusher's word.
    """
    known = records.refresh(gallery, *repo, before=pace.wait)
    if known.problem is not None:
        raise HubUnavailable(known.problem)
    if known.facts is None:
        return _Stood()
    newest = _Stood(known.facts.commit, known.facts)
    changed = known.facts.last_modified
    if changed is None or changed < deadline:
        return newest
    pace.wait()
    try:
        commit = gallery.hub.commit_before(*repo, deadline)
        if commit is None:
            return _Stood()
        pace.wait()
        return _Stood(commit, records.ask(gallery.hub, *repo, commit=commit))
    except HubRefused:  # a gated one tells its newest commit, and no history
        return newest


def _pin(act: Act, due: _Due, stood: dict[Repo, _Stood]) -> None:
    there = select(Pin).where(Pin.submission_id == due.submission_id)
    kept: set[tuple[str, str]] = set()
    for pin in act.session.scalars(there).all():
        if pin.deadline == act.event.deadline:
            kept.add((pin.repo_type, pin.repo_key))
        else:
            act.session.delete(pin)
    act.session.flush()
    stood = {repo: then for repo, then in stood.items() if _key(repo) not in kept}
    if not stood:
        return  # another process was quicker
    for (repo_type, repo_id), then in stood.items():
        act.session.add(
            Pin(
                submission_id=due.submission_id,
                repo_type=repo_type,
                repo_id=repo_id,
                deadline=act.event.deadline,
                revision_number=due.number,
                commit=then.commit,
                facts=_kept(then.facts),
                pinned_at=act.now,
            )
        )
    act.session.flush()
    for repo_type, repo_id in stood:
        records.flag_drift(act.session, act.now, repo_type, repo_id)
    act.record(
        "submission.pinned",
        subject=("submission", due.submission_id),
        details={
            "number": due.number,
            "deadline": act.event.deadline.astimezone(UTC).isoformat(),
            "commits": {f"{kind} {name}": then.commit for (kind, name), then in stood.items()},
        },
    )


def _kept(facts: Facts | None) -> Json | None:
    """Without the files, of which there may be thousands: their list is at the commit."""
    return None if facts is None else facts.model_copy(update={"files": ()}).model_dump(mode="json")
