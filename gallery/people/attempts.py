"""Rate limiter of signing in, by address and e-mail: who tries too often waits, alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gallery.database.connection import Database
from gallery.database.tables import Attempt
from gallery.errors import TooMany


@dataclass(frozen=True)
class Limit:
    """At most `most` tries of `doing` within a time, for each key: `who` says whose."""

    doing: str
    who: str
    most: int
    within: timedelta

    def key(self, value: str) -> str:
        return f"{self.doing}:{self.who}:{value}"


def origin(host: str | None) -> str:
    """Whose tries count together: an address, or the /64 of IPv6 that one household is given."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), 64), strict=False))


def require(database: Database, now: datetime, *limits: tuple[Limit, str]) -> None:
    """Counts one try for each `(limit, value)`; raises `TooMany`, counting nothing, at a limit.

    In a transaction of its own, so that the try stays counted when what is tried fails. A try
    beyond the limit only reads: it must not make others wait for the database.
    """
    with database.read() as session:
        _require(session, now, limits)
    with database.write() as session:
        _require(session, now, limits)
        session.add_all(Attempt(key=limit.key(value), at=now) for limit, value in limits)


def _require(session: Session, now: datetime, limits: tuple[tuple[Limit, str], ...]) -> None:
    for limit, value in limits:
        made, first = session.execute(
            select(func.count(), func.min(Attempt.at)).where(
                Attempt.key == limit.key(value), Attempt.at > now - limit.within
            )
        ).one()
        if made >= limit.most:
            seconds = max(1, int((first + limit.within - now).total_seconds()))
            raise TooMany(
                f"{limit.doing} can be tried {limit.most} times in "
                f"{_words(limit.within)} by one {limit.who}; wait {_words_up(seconds)} "
                "and try again",
                retry_after=seconds,
            )


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return "an hour" if minutes == 60 else f"{minutes} minutes"


def _words_up(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
