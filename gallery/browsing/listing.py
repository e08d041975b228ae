"""Keeps the catalogues in memory true to the database."""

import time
from collections import defaultdict
from collections.abc import Iterator
from threading import Lock

from sqlalchemy import BindParameter, ColumnElement, and_, event, func, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from gallery.browsing.catalogue import Catalogue, Finding, Listed, Place
from gallery.browsing.query import FILTERS, Query
from gallery.database.connection import Database
from gallery.database.tables import Facet, Submission, Team
from gallery.folding import fold

LOOK_SECONDS = 5.0
"""How late another process's changes (the command line's, a second server's) are seen."""
KEPT = (*FILTERS, "model", "dataset")
"""Kinds of facets that are filtered by, or that make two submissions related."""
TOUCHED = "touched submissions"
MANY = 2000
"""Above so many touched rows, reading all is quicker than asking for each by its id."""
EVERY = -1
"""Stands for all submissions, where a statement does not say which ones it changed."""


def is_public(event_slug: str | BindParameter[str]) -> ColumnElement[bool]:
    """What visitors see: handed in, not taken back, not hidden."""
    return and_(
        Submission.event == event_slug,
        Submission.state == "submitted",
        Submission.hidden_at.is_(None),
    )


class Listing:
    """The catalogue of each event that was asked for.

    What this process commits is seen at once: a commit leaves the ids that it touched, and the next
    search reads those again. Other processes' changes are noticed by sums over the table, which are
    compared with the catalogue's every few seconds.
    """

    def __init__(self, database: Database, *, look_seconds: float = LOOK_SECONDS) -> None:
        self.database = database
        self._look_seconds = look_seconds
        self._catalogues: dict[str, Catalogue] = {}
        self._touched: dict[str, set[int]] = {}
        self._looked: dict[str, float] = {}
        self._lock = Lock()
        self._noting = Lock()
        """Apart from the other, so that nobody who saves waits for somebody's search."""
        event.listen(database.writing, "after_flush", _note_flush)
        event.listen(database.writing, "do_orm_execute", _note_statement)
        event.listen(database.writing, "after_commit", self._take_note)
        event.listen(database.writing, "after_rollback", _forget)

    def find(self, query: Query, *, per_page: int) -> Finding:
        """One page of ids, from a catalogue that is up to date.

        Call it outside of a transaction: it may take a connection of its own.
        """
        with self._lock:
            return self._fresh(query.event).find(query, per_page=per_page)

    def place(self, query: Query, submission_id: int) -> Place | None:
        """Where it stands among all that is found; as `find`, outside of a transaction."""
        with self._lock:
            return self._fresh(query.event).place(query, submission_id)

    def related(self, slug: str, submission_id: int, *, limit: int) -> tuple[int, ...]:
        """Ids of an event's submissions that share most with one; as `find`, outside of one."""
        with self._lock:
            return self._fresh(slug).related(submission_id, limit)

    def _fresh(self, slug: str) -> Catalogue:
        with self._noting:  # and first: what is committed while we read is read once more
            touched = self._touched.get(slug, {EVERY})
            self._touched[slug] = set()
        try:
            if EVERY in touched or len(touched) > MANY or slug not in self._catalogues:
                self._read_all(slug)
            elif touched:
                self._read_again(slug, touched)
        except Exception:  # what could not be read now is read by the next search
            with self._noting:
                self._touched[slug] |= touched
            raise
        if time.monotonic() - self._looked[slug] >= self._look_seconds:
            self._looked[slug] = time.monotonic()
            if self._sums(slug) != _sums_of(self._catalogues[slug]):
                self._read_all(slug)
        return self._catalogues[slug]

    def _read_all(self, slug: str) -> None:
        catalogue = Catalogue()
        with self.database.read() as session:
            for one in _listed(session, is_public(slug)):
                catalogue.put(one)
        self._catalogues[slug] = catalogue
        self._looked[slug] = time.monotonic()

    def _read_again(self, slug: str, touched: set[int]) -> None:
        with self.database.read() as session:
            chosen = and_(is_public(slug), Submission.id.in_(touched))
            found = {one.id: one for one in _listed(session, chosen)}
        for submission_id in touched:
            if submission_id in found:
                self._catalogues[slug].put(found[submission_id])
            else:
                self._catalogues[slug].drop(submission_id)

    def _sums(self, slug: str) -> tuple[int, ...]:
        with self.database.read() as session:
            columns = (Submission.id, Submission.number, Submission.likes, Submission.hub_likes)
            length = func.length(Submission.search_text) + func.length(Team.name)
            awake = func.count(Submission.id).filter(Submission.health == "live")
            sums = (func.coalesce(func.sum(each), 0) for each in (*columns, length))
            statement = select(func.count(Submission.id), awake, *sums).join(Submission.team)
            statement = statement.where(is_public(slug))
            return tuple(map(int, session.execute(statement).one()))

    def _take_note(self, session: Session) -> None:
        touched = session.info.pop(TOUCHED, set())
        with self._noting:
            for pending in self._touched.values():
                pending |= touched


def _sums_of(catalogue: Catalogue) -> tuple[int, ...]:
    every = list(catalogue)
    return (
        len(every),
        sum(("state", "live") in one.facets for one in every),
        sum(one.id for one in every),
        sum(one.number for one in every),
        sum(one.likes for one in every),
        sum(one.hub_likes for one in every),
        sum(one.length for one in every),
    )


def _listed(session: Session, chosen: ColumnElement[bool]) -> Iterator[Listed]:
    facets: dict[int, set[tuple[str, str]]] = defaultdict(set)
    ids = select(Submission.id).where(chosen)
    kept = Facet.kind.in_(KEPT)
    rows = select(Facet.submission_id, Facet.kind, Facet.value).where(kept)
    for submission_id, kind, value in session.execute(rows.where(Facet.submission_id.in_(ids))):
        facets[submission_id].add((kind, value))
    columns = (
        Submission.id,
        Submission.number,
        Submission.search_text,
        Team.name,
        Submission.title,
        Submission.submitted_at,
        Submission.created_at,
        Submission.likes,
        Submission.hub_likes,
        Submission.health,
    )
    for row in session.execute(select(*columns).join(Submission.team).where(chosen)):
        yield Listed(
            id=row.id,
            number=row.number,
            text=f"{fold(row.name)} {row.search_text}",
            facets=frozenset(facets[row.id] | {("state", row.health)}),
            title=fold(row.title),
            submitted_at=row.submitted_at or row.created_at,
            likes=row.likes,
            hub_likes=row.hub_likes,
            length=len(row.search_text) + len(row.name),
        )


def _note_flush(session: Session, _context: UOWTransaction) -> None:
    touched: set[int] = session.info.setdefault(TOUCHED, set())
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Submission):
            touched.add(row.id)
        elif isinstance(row, Facet):
            touched.add(row.submission_id)
        elif isinstance(row, Team) and inspect(row).attrs.name.history.has_changes():
            touched.add(EVERY)


def _note_statement(state: ORMExecuteState) -> None:
    changes = state.is_insert or state.is_update or state.is_delete
    mapper = state.bind_mapper
    if changes and mapper is not None and mapper.class_ in (Submission, Facet, Team):
        state.session.info.setdefault(TOUCHED, set()).add(EVERY)


def _forget(session: Session) -> None:
    session.info.pop(TOUCHED, None)
