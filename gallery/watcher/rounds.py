"""One look at everything that a gallery shows: the steps that the watcher takes in turn.

Each step asks outside of transactions and stores in small ones, stops between two requests when it
is told to, and carries on past a Hub that does not answer.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gallery.actor import WATCHER
from gallery.database.tables import CheckRun, Facet, RepoRecord, Submission
from gallery.event.event import Event
from gallery.event.phase import PhaseKey
from gallery.gallery import Gallery
from gallery.sources import health, records
from gallery.sources.health import Look, State
from gallery.sources.pace import Pace
from gallery.sources.records import Facts, Repo, RepoType
from gallery.submissions import checking, renaming, snapshot
from gallery.watcher import collect, outages
from spaces.errors import HubUnavailable
from spaces.hub.addresses import repo_key
from spaces.hub.facts import SpaceFacts

log = logging.getLogger(__name__)

LINKED_EVERY = timedelta(hours=6)
"""Between two looks at a model or dataset that nothing was announced of."""
CALM = timedelta(seconds=30)
"""Between two requests for one repository, however often it is announced."""
ARCHIVED_AFTER = timedelta(days=30)
"""After its results an event is looked at once a day."""
LOOKERS = 8
"""Demos that are looked at at once; each is on a host of its own."""
BATCH = 50
"""Facts or looks that are stored in one transaction."""
CHECKED = 3
"""Collected demos that are checked in one round; each is asked for a picture, which takes time."""
PATIENCE = 3
"""So many repositories in a row without an answer mean that the Hub is down."""
NEVER = datetime.min.replace(tzinfo=UTC)
T = TypeVar("T")


@dataclass(frozen=True)
class Round:
    """What one round needs. `stopped` says whether to give up in the middle."""

    gallery: Gallery
    pace: Pace
    stopped: Callable[[], bool]


def announced(round: Round) -> None:
    """Asks the Hub about what its webhooks announced."""
    now = round.gallery.clock()
    with round.gallery.database.read() as session:
        rows = session.execute(
            select(RepoRecord.repo_type, RepoRecord.repo_id, RepoRecord.tried_at).where(
                RepoRecord.announced_at.is_not(None)
            )
        ).all()
    due = {
        (row.repo_type, row.repo_id): row.tried_at or NEVER
        for row in rows
        if row.tried_at is None or now - row.tried_at >= CALM
    }
    for facts in _asked(round, sorted(due, key=lambda repo: due[repo])):
        if isinstance(facts, SpaceFacts):
            _take_in(round, facts)


def lists(round: Round) -> None:
    """Reads the lists of tagged Spaces: likes and stages of hundreds in a few requests."""
    now = round.gallery.clock()
    for event in _by_tag(round.gallery, now):
        if _collects(round.gallery, event, now):
            for taken in collect.collect(round.gallery, WATCHER, event=event, pace=round.pace):
                if taken.problem:
                    log.info("collecting: %s", taken.problem)
                if round.stopped():
                    return
            continue
        for page in _batches(round.gallery.hub.tagged_spaces(event.tag), BATCH):
            asked_at = round.gallery.clock()
            with round.gallery.database.write() as session:
                for listed in page:
                    renaming.follow_listed(session, asked_at, listed)
                    records.store_listed(session, asked_at, listed)
            if round.stopped():
                return


def repositories(round: Round, every: timedelta) -> None:
    """Asks about each Space, model and dataset that nothing else told of in time."""
    for _ in _asked(round, _stale(round.gallery, every)):
        pass


def demos(round: Round, every: timedelta) -> None:
    """Looks at each demo, several at a time, and stores what was seen in batches."""
    gallery = round.gallery
    with gallery.database.read() as session:
        space_ids = _watched(session, gallery, every)
        known = records.many(session, SpaceFacts, space_ids)

    def look(space_id: str) -> Look | None:
        """None once the watch is to stop: nobody waits then for what has not begun."""
        return None if round.stopped() else health.look(gallery.fetcher, known[space_id])

    with ThreadPoolExecutor(LOOKERS, thread_name_prefix="look") as pool:
        for batch in _batches(space_ids, BATCH):
            looks = list(zip(batch, pool.map(look, batch), strict=True))
            with gallery.database.write() as session:
                for space_id, seen in looks:
                    if seen is not None:
                        health.record_look(session, gallery.clock(), space_id, seen)
                session.flush()
                outages.tell(session, gallery, batch)
            if round.stopped():
                return


def checks(round: Round) -> None:
    """Checks what was collected, once, while it runs: it has no team to press the button."""
    gallery, now = round.gallery, round.gallery.clock()
    followed = [event.slug for event in gallery.events.values() if not _is_archived(event, now)]
    unchecked = (
        select(Submission.id, Submission.event)
        .join(
            RepoRecord,
            (RepoRecord.repo_type == "space") & (RepoRecord.repo_id == Submission.space_key),
        )
        .outerjoin(CheckRun, CheckRun.submission_id == Submission.id)
        .where(
            Submission.event.in_(followed),
            Submission.source == "collected",
            Submission.state == "submitted",
            Submission.hidden_at.is_(None),
            Submission.health == State.LIVE.value,
            RepoRecord.problem.is_(None),  # a Hub that is down would leave everything unknown
            CheckRun.id.is_(None),
        )
        .order_by(Submission.id)
        .limit(CHECKED)
    )
    with gallery.database.read() as session:
        due = session.execute(unchecked).all()
    for submission_id, slug in due:
        round.pace.wait()
        for _ in checking.checks(gallery, gallery.event(slug), submission_id):
            if round.stopped():
                return


def snapshots(round: Round) -> None:
    """Pins what is not pinned yet, as soon as a deadline is over."""
    gallery = round.gallery
    for event in gallery.events.values():
        with gallery.database.read() as session:
            is_due = snapshot.is_due(session, event, gallery.clock())
        if is_due:
            for pinned in snapshot.snapshot(gallery, WATCHER, event=event, pace=round.pace):
                if pinned.problem or round.stopped():
                    break  # tried again in the next round


def _asked(round: Round, repos: Iterable[Repo]) -> Iterator[Facts | None]:
    """What the Hub says of each. Raises `HubUnavailable` when it does not answer any more."""
    problems = 0
    for repo in repos:
        if round.stopped():
            return
        known = records.refresh(round.gallery, *repo, before=round.pace.wait)
        if known.problem is None:
            problems = 0
            if isinstance(known.facts, SpaceFacts):
                renaming.follow(round.gallery, former=repo[1], facts=known.facts)
            yield known.facts
            continue
        problems += 1
        if problems == PATIENCE:
            raise HubUnavailable(known.problem)


def _take_in(round: Round, facts: SpaceFacts) -> None:
    for event in round.gallery.events.values():
        if event.tag in facts.tags and _collects(round.gallery, event, round.gallery.clock()):
            collect.take(round.gallery, WATCHER, facts, event=event, pace=round.pace)


def _collects(gallery: Gallery, event: Event, now: datetime) -> bool:
    """Nobody hands in by a tag after the deadline, unless an organiser says so by hand."""
    return gallery.settings.collect and event.is_open(PhaseKey.SUBMISSION, now)


def _by_tag(gallery: Gallery, now: datetime) -> list[Event]:
    """The events with something to follow, one for each tag: practice has the real one's."""
    with gallery.database.read() as session:
        shown = set(session.scalars(select(Submission.event).distinct()))
    events: dict[str, Event] = {}
    for event in gallery.events.values():
        is_followed = event.slug in shown or _collects(gallery, event, now)
        if is_followed and not _is_archived(event, now):
            events.setdefault(event.tag, event)
    return list(events.values())


def _is_archived(event: Event, now: datetime) -> bool:
    return now > event.phase(PhaseKey.RESULTS).ends + ARCHIVED_AFTER


def _watched(session: Session, gallery: Gallery, every: timedelta) -> list[str]:
    """Spaces whose newest look is not recent enough."""
    now = gallery.clock()
    newest = health.newest_looks(session, now)
    return [
        space_id
        for space_id, pause in _pauses(session, gallery, every).items()
        if (key := repo_key(space_id)) not in newest or now - newest[key] >= pause
    ]


def _stale(gallery: Gallery, every: timedelta) -> list[Repo]:
    """What to ask the Hub about: what nobody asked about yet, then the longest ago first."""
    now = gallery.clock()
    with gallery.database.read() as session:
        pauses: dict[Repo, timedelta] = {}
        for space_id, pause in _pauses(session, gallery, every).items():
            pauses["space", space_id] = pause
        for model in session.scalars(_linked("model")):
            pauses["model", model] = LINKED_EVERY
        for dataset in session.scalars(_linked("dataset")):
            pauses["dataset", dataset] = LINKED_EVERY
        rows = session.execute(
            select(RepoRecord.repo_type, RepoRecord.repo_id, RepoRecord.tried_at)
        )
        asked = {(row.repo_type, row.repo_id): row.tried_at for row in rows if row.tried_at}
    tried = {repo: asked.get((repo[0], repo_key(repo[1])), NEVER) for repo in pauses}
    due = [repo for repo, pause in pauses.items() if now - tried[repo] >= pause]
    return sorted(due, key=lambda repo: tried[repo])


def _pauses(session: Session, gallery: Gallery, every: timedelta) -> dict[str, timedelta]:
    """Every Space that is shown, with the time between two looks at it."""
    now = gallery.clock()
    rows = session.execute(
        select(Submission.space_id, Submission.event)
        .where(Submission.state == "submitted", Submission.hidden_at.is_(None))
        .order_by(Submission.id)
    )
    pauses: dict[str, timedelta] = {}
    for space_id, slug in rows:
        event = gallery.events.get(slug)
        if event is not None:
            pause = timedelta(days=1) if _is_archived(event, now) else every
            pauses[space_id] = min(pause, pauses.get(space_id, pause))
    return pauses


def _linked(kind: RepoType) -> Select[str]:
    """Models or datasets that what is shown links to."""
    return (
        select(Facet.value)
        .join(Submission, Submission.id == Facet.submission_id)
        .where(Facet.kind == kind, Submission.state == "submitted", Submission.hidden_at.is_(None))
        .distinct()
    )


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
