"""Searching an event's submissions: one page of cards, how many there are, what to filter by."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, func, literal, select
from sqlalchemy.orm import Session

from gallery.database.tables import Facet, Submission, Team
from gallery.submissions.query import FILTERS, Query, Sort

PER_PAGE = 24
PRIME = 1_000_003
"""Above the number of submissions, so that the daily order has no ties to speak of."""
OFFERED = 12
"""Values of one filter that are offered, the most frequent first."""


@dataclass(frozen=True)
class Card:
    """A submission as the grid shows it. Pictures are digests."""

    id: int
    event: str
    space_id: str
    title: str
    emoji: str
    summary: str
    team_id: int
    team: str
    thumbnail: str | None
    second_picture: str | None
    likes: int
    hub_likes: int
    health: str
    submitted_at: datetime | None
    controls: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """One value of a filter, and how many it would show."""

    value: str
    count: int


@dataclass(frozen=True)
class Found:
    """`choices` counts each filter's values among what all the other filters let through."""

    query: Query
    cards: tuple[Card, ...]
    total: int
    pages: int
    choices: Mapping[str, tuple[Choice, ...]]


def search(session: Session, query: Query, now: datetime, *, per_page: int = PER_PAGE) -> Found:
    """Five small statements at most, however many cards: one each for count, cards and facets."""
    total = session.scalar(_matching(select(func.count(Submission.id)), query)) or 0
    order = _order(query.sort, now)
    rows = session.execute(
        _matching(select(*_COLUMNS).join(Submission.team), query)
        .order_by(*order)
        .limit(per_page)
        .offset((query.page - 1) * per_page)
    ).all()
    return Found(
        query=query,
        cards=cards_of(session, rows),
        total=total,
        pages=max(1, -(-total // per_page)),
        choices=_choices(session, query),
    )


def cards_of(session: Session, rows: Sequence) -> tuple[Card, ...]:
    """Rows of `card_columns`, with what the cards are labelled by."""
    labels: dict[tuple[int, str], list[str]] = defaultdict(list)
    found = select(Facet.submission_id, Facet.kind, Facet.value).where(
        Facet.submission_id.in_([row.id for row in rows]), Facet.kind.in_(("control", "tag"))
    )
    for submission_id, kind, value in session.execute(found.order_by(Facet.value)):
        labels[submission_id, kind].append(value)
    return tuple(
        Card(
            **row._mapping,
            controls=tuple(labels[row.id, "control"]),
            tags=tuple(labels[row.id, "tag"]),
        )
        for row in rows
    )


_COLUMNS = (
    Submission.id,
    Submission.event,
    Submission.space_id,
    Submission.title,
    Submission.emoji,
    Submission.summary,
    Submission.team_id,
    Team.name.label("team"),
    Submission.thumbnail,
    Submission.second_picture,
    Submission.likes,
    Submission.hub_likes,
    Submission.health,
    Submission.submitted_at,
)


def is_public(event: str) -> ColumnElement[bool]:
    """What visitors see: handed in, not taken back, not hidden."""
    return and_(
        Submission.event == event, Submission.state == "submitted", Submission.hidden_at.is_(None)
    )


def _matching(statement: Select, query: Query, *, apart_from: str = "") -> Select:
    statement = statement.where(is_public(query.event))
    for word in query.words:
        statement = statement.where(Submission.search_text.contains(word, autoescape=True))
    for kind, value in query.filters.items():
        if kind == apart_from:
            continue
        if kind == "state":
            statement = statement.where(Submission.health == value)
            continue
        statement = statement.where(
            Submission.id.in_(
                select(Facet.submission_id).where(Facet.kind == kind, Facet.value == value)
            )
        )
    return statement


def _order(sort: Sort, now: datetime) -> tuple[ColumnElement, ...]:
    newest = Submission.submitted_at.desc()
    last = Submission.id.desc()
    match sort:
        case Sort.NEWEST:
            return newest, last
        case Sort.LIKES:
            return Submission.likes.desc(), newest, last
        case Sort.HUB_LIKES:
            return Submission.hub_likes.desc(), newest, last
        case Sort.TITLE:
            return func.lower(Submission.title), last
        case Sort.SHUFFLED:
            # Each day multiplies by another number modulo a prime: an order in which every
            # submission comes first as often as any other, and pages do not overlap.
            day = hashlib.sha256(now.date().isoformat().encode()).digest()
            factor = int.from_bytes(day[:8]) % (PRIME - 1) + 1
            spread = cast(Submission.id, BigInteger) * literal(factor, BigInteger)
            return spread % PRIME, last


def _choices(session: Session, query: Query) -> dict[str, tuple[Choice, ...]]:
    """Filters that are not set share one count; each that is set is counted without itself."""
    choices: dict[str, tuple[Choice, ...]] = {}
    free = [kind for kind in FILTERS if kind not in query.filters and kind != "state"]
    if free:
        choices |= _facet_choices(session, query, free)
    for kind in query.filters:
        if kind != "state":
            choices |= _facet_choices(session, query, [kind])
    counts = select(Submission.health, func.count()).group_by(Submission.health)
    states = session.execute(_matching(counts, query, apart_from="state")).all()
    choices["state"] = _ranked([(value, count) for value, count in states])
    return choices


def _facet_choices(
    session: Session, query: Query, kinds: Sequence[str]
) -> dict[str, tuple[Choice, ...]]:
    count = func.count()
    statement = (
        select(Facet.kind, Facet.value, count)
        .join(Submission, Submission.id == Facet.submission_id)
        .where(Facet.kind.in_(kinds))
        .group_by(Facet.kind, Facet.value)
    )
    apart_from = kinds[0] if kinds[0] in query.filters else ""
    found: dict[str, list[tuple[str, int]]] = {kind: [] for kind in kinds}
    for kind, value, number in session.execute(_matching(statement, query, apart_from=apart_from)):
        found[kind].append((value, number))
    return {kind: _ranked(values) for kind, values in found.items()}


def _ranked(counts: Sequence[tuple[str, int]]) -> tuple[Choice, ...]:
    ranked = sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    return tuple(Choice(value, count) for value, count in ranked[:OFFERED])
