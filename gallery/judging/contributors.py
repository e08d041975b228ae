"""Contributors: who has commits in the Space, the models and the datasets of what is judged.

The Hub tells them, and it is asked anew only when a repository has changed. It is asked outside any
transaction; while it does not answer, those that are known stay.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.database.tables import CommitAuthors, RepoRecord, Submission
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.judging import judgings
from gallery.sources.records import Repo
from gallery.submissions import revisions
from spaces.errors import HubRefused, HubUnavailable
from spaces.hub.addresses import repo_key

LINKED = 10
"""Models and datasets that are looked at for one demo."""
AGAIN = timedelta(minutes=10)
"""Between two questions about one repository."""
MOST = 60
"""Repositories that are asked about in one round."""
PATIENCE = 3
"""So many in a row without an answer mean that the Hub is down."""
NOT_READ, NO_COMMIT = None, ""
"""Of a repository about which the Hub never answered, and of one whose commits nobody counts."""


def repos_of(session: Session, submission: Submission) -> tuple[Repo, ...]:
    """What a demo stands on, itself first."""
    content = revisions.current(session, submission)
    models: list[Repo] = [("model", name) for name in content.models]
    datasets: list[Repo] = [("dataset", name) for name in content.datasets]
    return (("space", submission.space_id), *[*models, *datasets][:LINKED])


def known(session: Session) -> Mapping[Repo, frozenset[str]]:
    """Names in small letters, by repository (its `repo_key`)."""
    return {
        (row.repo_type, row.repo_id): frozenset(row.authors)  # type: ignore[misc]
        for row in session.scalars(select(CommitAuthors))
    }


def due(session: Session, event: Event, now: datetime) -> Sequence[Repo]:
    """Which the Hub should be asked about: the new ones, and those that have changed since."""
    rows = {(row.repo_type, row.repo_id): row for row in session.scalars(select(CommitAuthors))}
    facts = {
        (row.repo_type, row.repo_id): _commit(row) for row in session.scalars(select(RepoRecord))
    }
    wanted: dict[Repo, None] = {}
    for submission in judgings.demos(session, event):
        for kind, name in repos_of(session, submission):
            key = (kind, repo_key(name))
            row, commit = rows.get(key), facts.get(key, NO_COMMIT)
            if row is None or (row.commit != commit and now - row.tried_at >= AGAIN):
                wanted[kind, name] = None
    return tuple(wanted)[:MOST]


def ask(gallery: Gallery, event: Event, *, before: Callable[[], object]) -> Iterator[Repo]:
    """Yields each repository as it was asked about. `before` may wait, and is called before each.

    Raises `HubUnavailable` when the Hub does not answer. Must not be called within a transaction.
    """
    with gallery.database.read() as session:
        repos = due(session, event, gallery.clock())
    problems = 0
    for repo in repos:
        before()
        try:
            authors, is_read = gallery.hub.commit_authors(*repo), True
            problems = 0
        except HubUnavailable as error:
            # A gated repository stays so: it is not asked about again until it changes.
            authors, is_read = None, isinstance(error, HubRefused)
            problems += not is_read
            if problems == PATIENCE:
                raise
        with gallery.database.write() as session:
            store(session, gallery.clock(), repo, authors, is_read=is_read)
        yield repo


def store(
    session: Session, now: datetime, repo: Repo, authors: frozenset[str] | None, *, is_read: bool
) -> None:
    """Keeps what the Hub told; with None, what is known stays."""
    kind, key = repo[0], repo_key(repo[1])
    row = session.get(CommitAuthors, (kind, key))
    if row is None:
        row = CommitAuthors(repo_type=kind, repo_id=key, commit=NOT_READ, authors=[])
        session.add(row)
    row.tried_at = now
    if authors is not None:
        row.authors = sorted(authors)
    if is_read:
        row.commit = _commit(session.get(RepoRecord, (kind, key)))


def _commit(record: RepoRecord | None) -> str:
    facts = record.facts if record is not None else None
    return (facts or {}).get("commit") or NO_COMMIT
