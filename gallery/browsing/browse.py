"""Searching an event's submissions: one page of cards, how many there are, what to filter by."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from gallery.browsing.catalogue import Choice
from gallery.browsing.listing import Listing, is_public
from gallery.browsing.query import Query
from gallery.database.tables import Facet, Submission, Team
from gallery.judging import results

PER_PAGE = 24


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
    place: int = 0
    """The jury's, 1 to 3; 0 for all others, and before the result is published."""


@dataclass(frozen=True)
class Found:
    """`query` names its day, so that addresses made of it keep the order.

    `choices` counts each filter's values among what all the other filters let through.
    """

    query: Query
    cards: tuple[Card, ...]
    total: int
    pages: int
    choices: Mapping[str, tuple[Choice, ...]]


def search(listing: Listing, query: Query, now: datetime, *, per_page: int = PER_PAGE) -> Found:
    """Call it outside of a transaction: what is in memory is brought up to date by its own."""
    query = query.of_day(now.date())
    finding = listing.find(query, per_page=per_page)
    with listing.database.read() as session:
        cards = cards_of(session, query.event, finding.ids)
    pages = max(1, -(-finding.total // per_page))
    return Found(query, cards, finding.total, pages, finding.choices)


def cards_of(session: Session, event: str, ids: Sequence[int]) -> tuple[Card, ...]:
    """In the order of `ids`, without those that are hidden or were taken back since."""
    connection = session.connection()  # half the work of the session, which keeps objects
    labels: dict[tuple[int, str], list[str]] = defaultdict(list)
    for submission_id, kind, value in connection.execute(_LABELS, {"ids": ids}):
        labels[submission_id, kind].append(value)
    won = results.places(session, event)
    cards = {
        row.id: Card(
            **row._mapping,
            place=won.get(row.id, 0),
            controls=tuple(labels[row.id, "control"]),
            tags=tuple(labels[row.id, "tag"]),
        )
        for row in connection.execute(_ROWS, {"event": event, "ids": ids})
    }
    return tuple(cards[each] for each in ids if each in cards)


_LABELS = (
    select(Facet.submission_id, Facet.kind, Facet.value)
    .where(
        Facet.submission_id.in_(bindparam("ids", expanding=True)),
        Facet.kind.in_(("control", "tag")),
    )
    .order_by(Facet.value)
)
_ROWS = (
    select(
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
    .join(Submission.team)
    .where(is_public(bindparam("event")), Submission.id.in_(bindparam("ids", expanding=True)))
)
