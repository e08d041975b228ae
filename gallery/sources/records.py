"""The newest facts about each repository, kept beside when they were fetched.

The Hub is asked outside any transaction. When it is slow, down or talks nonsense, what was known
stays, and the record tells the problem and how old its facts are. Repositories are found by their
ids without case, as on the Hub; how the Hub spells one is in its facts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Literal, TypeVar

from pydantic import ValidationError
from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.orm import Session

from gallery.database.tables import Pin, RepoRecord, Submission
from gallery.database.tables.base import Json
from gallery.gallery import Gallery
from spaces.errors import HubRefused, HubUnavailable
from spaces.hub.addresses import repo_key
from spaces.hub.client import Hub
from spaces.hub.facts import DatasetFacts, ModelFacts, SpaceFacts

RepoType = Literal["space", "model", "dataset"]
Repo = tuple[RepoType, str]
Facts = SpaceFacts | ModelFacts | DatasetFacts
F = TypeVar("F", bound=Facts)

TYPES: dict[RepoType, type[Facts]] = {
    "space": SpaceFacts,
    "model": ModelFacts,
    "dataset": DatasetFacts,
}
DELETED = "deleted"
"""What a pin has drifted to when its repository is gone."""


@dataclass(frozen=True)
class Known(Generic[F]):
    """What is known of a repository, and since when."""

    facts: F | None
    fetched_at: datetime | None
    """When the Hub last answered; None when it never did."""
    tried_at: datetime | None
    problem: str | None
    """Why the newest try failed: then the facts are as old as `fetched_at` says."""

    @property
    def is_missing(self) -> bool:
        """The Hub says that there is no such repository (or that it is private)."""
        return self.facts is None and self.fetched_at is not None


NOTHING = Known(None, None, None, None)
"""Of a repository that nobody has asked the Hub about."""


def space(session: Session, repo_id: str) -> Known[SpaceFacts]:
    """What is known of a Space, without asking the Hub."""
    return _known(SpaceFacts, _found(session, "space", repo_id))


def model(session: Session, repo_id: str) -> Known[ModelFacts]:
    """What is known of a model repository, without asking the Hub."""
    return _known(ModelFacts, _found(session, "model", repo_id))


def dataset(session: Session, repo_id: str) -> Known[DatasetFacts]:
    """What is known of a dataset repository, without asking the Hub."""
    return _known(DatasetFacts, _found(session, "dataset", repo_id))


def many(session: Session, wanted: type[F], repo_ids: Iterable[str]) -> dict[str, Known[F]]:
    """What is known of each, in one query; `wanted` is the type of the facts."""
    repo_type: RepoType = next(name for name, facts in TYPES.items() if facts is wanted)
    found = several(session, [(repo_type, repo_id) for repo_id in repo_ids])
    return {repo_id: known for (_, repo_id), known in found.items()}


def several(session: Session, repos: Iterable[Repo]) -> dict[Repo, Known]:
    """What is known of repositories of any type, in one query and in their order."""
    wanted = list(dict.fromkeys(repos))
    types, ids = {kind for kind, _ in wanted}, {repo_key(name) for _, name in wanted}
    rows = session.execute(_RECORDS, {"types": list(types), "ids": list(ids)}) if wanted else ()
    by_repo = {(row.repo_type, row.repo_id): row for row in rows}
    return {
        (kind, name): _known(TYPES[kind], by_repo.get((kind, repo_key(name))))
        for kind, name in wanted
    }


_RECORDS = select(
    RepoRecord.repo_type,
    RepoRecord.repo_id,
    RepoRecord.facts,
    RepoRecord.fetched_at,
    RepoRecord.tried_at,
    RepoRecord.problem,
).where(
    RepoRecord.repo_type.in_(bindparam("types", expanding=True)),
    RepoRecord.repo_id.in_(bindparam("ids", expanding=True)),
)


def refresh(
    gallery: Gallery,
    repo_type: RepoType,
    repo_id: str,
    *,
    max_age: timedelta = timedelta(0),
    before: Callable[[], object] = lambda: None,
) -> Known:
    """Asks the Hub, unless it was asked within `max_age`, and gives what is known then.

    `before` is called first when it is asked indeed, and may wait. Never raises for the Hub's
    sake: look at `problem`. Must not be called within a transaction.
    """
    with gallery.database.read() as session:
        known = _known(TYPES[repo_type], _found(session, repo_type, repo_id))
    if known.tried_at is not None and gallery.clock() - known.tried_at < max_age:
        return known
    before()
    now = gallery.clock()
    try:
        facts = ask(gallery.hub, repo_type, repo_id)
    except HubUnavailable as error:
        with gallery.database.write() as session:
            known = store_problem(session, now, repo_type, repo_id, str(error))
            if isinstance(error, HubRefused):  # so asking soon again will not help
                _take_back(session, now, repo_type, repo_id)
            return known
    with gallery.database.write() as session:
        return store(session, now, repo_type, repo_id, facts)


def ask(hub: Hub, repo_type: RepoType, repo_id: str, *, commit: str | None = None) -> Facts | None:
    """The Hub's own answer, of the newest commit or of that one; raises `HubUnavailable`."""
    match repo_type:
        case "space":
            return hub.space(repo_id, commit=commit)
        case "model":
            return hub.model(repo_id, commit=commit)
        case "dataset":
            return hub.dataset(repo_id, commit=commit)


def store(
    session: Session, asked_at: datetime, repo_type: RepoType, repo_id: str, facts: Facts | None
) -> Known:
    """Keeps an answer to what was asked at `asked_at`; one that a newer one overtook is dropped.

    In the same transaction the submissions of a Space get its likes, and pins are told of drift.
    What was renamed is kept under both names.
    """
    if facts is not None and repo_key(facts.repo_id) != repo_key(repo_id):
        store(session, asked_at, repo_type, facts.repo_id, facts)
    row = _row(session, repo_type, repo_id)
    if row.fetched_at is not None and row.fetched_at > asked_at:
        return _known(TYPES[repo_type], row)
    row.facts = None if facts is None else facts.model_dump(mode="json")
    if facts is not None and facts.hub_id is not None:
        row.hub_id = facts.hub_id
    row.fetched_at = row.tried_at = asked_at
    row.problem = None
    _take_back(session, asked_at, repo_type, repo_id)
    flag_drift(session, asked_at, repo_type, repo_id)
    if isinstance(facts, SpaceFacts):
        # Row by row: a search in memory follows which rows changed, and most have not.
        for submission in session.scalars(
            select(Submission).where(
                Submission.space_key == repo_key(repo_id), Submission.hub_likes != facts.likes
            )
        ):
            submission.hub_likes = facts.likes
    return _known(TYPES[repo_type], row)


def store_listed(session: Session, asked_at: datetime, listed: SpaceFacts) -> bool:
    """Keeps what a list told of a Space; False when the Space itself has yet to be asked.

    Lists leave out card and files, and some the host. While the commit is the same, those that are
    known are the newest.
    """
    known = space(session, listed.repo_id).facts
    if known is None or known.commit != listed.commit:
        return False
    left_out = {"card": known.card, "files": known.files, "host": listed.host or known.host}
    store(session, asked_at, "space", listed.repo_id, listed.model_copy(update=left_out))
    return True


def store_problem(
    session: Session, asked_at: datetime, repo_type: RepoType, repo_id: str, problem: str
) -> Known:
    """Keeps why the Hub did not answer; the facts stay as they are."""
    row = _row(session, repo_type, repo_id)
    if row.tried_at is None or row.tried_at <= asked_at:
        row.tried_at, row.problem = asked_at, problem
    return _known(TYPES[repo_type], row)


def announce(session: Session, now: datetime, repo_type: RepoType, repo_id: str) -> None:
    """Notes that a repository is said to have changed; the watcher asks the Hub soon."""
    _row(session, repo_type, repo_id).announced_at = now


def is_known(session: Session, repo_type: RepoType, repo_id: str) -> bool:
    """Whether anything here is about this repository."""
    return _found(session, repo_type, repo_id) is not None


def former_key(
    session: Session, repo_type: RepoType, repo_id: str, hub_id: str | None
) -> str | None:
    """Under which other name a repository is known here, because it was renamed since."""
    if hub_id is None:
        return None
    return session.scalars(
        select(RepoRecord.repo_id)
        .where(
            RepoRecord.repo_type == repo_type,
            RepoRecord.hub_id == hub_id,
            RepoRecord.repo_id != repo_key(repo_id),
        )
        .limit(1)
    ).first()


def _take_back(session: Session, asked_at: datetime, repo_type: RepoType, repo_id: str) -> None:
    """What was announced before the Hub was asked is done."""
    row = _row(session, repo_type, repo_id)
    if row.announced_at is not None and row.announced_at <= asked_at:
        row.announced_at = None


def _row(session: Session, repo_type: RepoType, repo_id: str) -> RepoRecord:
    row = _found(session, repo_type, repo_id)
    if row is None:
        row = RepoRecord(repo_type=repo_type, repo_id=repo_key(repo_id))
        session.add(row)
    return row


def _found(session: Session, repo_type: RepoType, repo_id: str) -> RepoRecord | None:
    return session.get(RepoRecord, (repo_type, repo_key(repo_id)))


def flag_drift(session: Session, now: datetime, repo_type: RepoType, repo_id: str) -> None:
    """Compares pins with the newest commit that is known.

    The first other one than the pinned stays noted, whatever comes after it.
    """
    row = _found(session, repo_type, repo_id)
    if row is None or row.fetched_at is None:
        return
    commit = DELETED if row.facts is None else row.facts.get("commit")
    if commit is None:
        return
    names = {row.repo_id, repo_key((row.facts or {}).get("repo_id", repo_id))}
    session.execute(
        update(Pin)
        .where(
            Pin.repo_type == repo_type,
            Pin.repo_key.in_(names),
            Pin.commit.is_not(None),
            Pin.commit != commit,
            Pin.drifted_at.is_(None),
            Pin.pinned_at <= now,
        )
        .values(drifted_to=commit, drifted_at=now)
    )


def read(repo_type: str, facts: Json | None) -> Facts | None:
    """Facts as they were kept; None also for a form that is no longer read."""
    wanted = {str(kind): found for kind, found in TYPES.items()}[repo_type]
    try:
        return None if facts is None else wanted.model_validate(facts)
    except ValidationError:
        return None


def _known(wanted: type[F], row: RepoRecord | Row | None) -> Known[F]:
    if row is None:
        return NOTHING
    try:
        facts = None if row.facts is None else wanted.model_validate(row.facts)
    except ValidationError:  # kept by an older release, in a form that is no longer read
        return Known(None, None, row.tried_at, "what was known is being fetched anew")
    return Known(facts, row.fetched_at, row.tried_at, row.problem)
