"""Tiles of a sheet as a queue: which is asked next, what came of it, stopped and run again.

Bookkeeping alone: whoever asks a demo does it between two of these transactions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.database.tables import Sheet, SheetTile, Submission


class State(StrEnum):
    """`MADE` has a picture; every other that is over has a sentence."""

    WAITING = "waiting"
    RUNNING = "running"
    MADE = "made"
    ASLEEP = "asleep"
    DOWN = "down"
    REFUSED = "refused"
    SLOW = "slow"
    NO_PICTURE = "no picture"
    GONE = "gone"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"

    @property
    def is_under_way(self) -> bool:
        return self in UNDER_WAY


UNDER_WAY = (State.WAITING, State.RUNNING)


@dataclass(frozen=True)
class Asked:
    """One tile's question: all that it takes to answer it."""

    sheet_id: int
    submission_id: int
    attempt: int
    space_id: str
    prompt: str
    picture: str
    """Its digest."""
    seed: int


@dataclass(frozen=True)
class Answered:
    """What became of a question. `picture` is the digest of what is kept."""

    state: State
    says: str = ""
    seconds: float | None = None
    picture: str | None = None
    took: tuple[str, ...] = ()


def is_any_waiting(session: Session) -> bool:
    wanted = select(SheetTile.sheet_id).where(SheetTile.state == State.WAITING).limit(1)
    return session.scalar(wanted) is not None


def take(session: Session, now: datetime) -> Asked | None:
    """The next that may be asked, which runs from now on. None when there is none.

    Sheets are served in the order in which they came, and a demo is asked one thing at a time.
    """
    busy = select(SheetTile.submission_id).where(SheetTile.state == State.RUNNING)
    waiting = (
        select(SheetTile, Sheet, Submission)
        .join(Sheet, Sheet.id == SheetTile.sheet_id)
        .join(Submission, Submission.id == SheetTile.submission_id)
        .where(SheetTile.state == State.WAITING, SheetTile.submission_id.not_in(busy))
        .order_by(SheetTile.sheet_id, SheetTile.place)
    )
    for tile, sheet, submission in session.execute(waiting.limit(50)).all():
        if not is_shown(submission):
            gone = Answered(State.GONE, "it is not in the gallery any more")
            _set(tile, now, gone)
            continue
        tile.state, tile.changed_at = State.RUNNING, now
        return Asked(
            sheet_id=sheet.id,
            submission_id=submission.id,
            attempt=tile.attempt,
            space_id=submission.space_id,
            prompt=sheet.prompt,
            picture=sheet.picture_digest,
            seed=sheet.seed,
        )
    return None


def finish(session: Session, now: datetime, asked: Asked, answered: Answered) -> bool:
    """Keeps the answer; False when nobody waits for it any more."""
    tile = session.get(SheetTile, (asked.sheet_id, asked.submission_id))
    if tile is None or tile.attempt != asked.attempt or tile.state != State.RUNNING:
        return False
    _set(tile, now, answered)
    return True


def interrupt(session: Session, now: datetime) -> int:
    """What was running when the gallery ended says so; what waited goes on waiting."""
    running = session.scalars(select(SheetTile).where(SheetTile.state == State.RUNNING)).all()
    for tile in running:
        said = "the gallery was started anew while it ran; run it again"
        _set(tile, now, Answered(State.INTERRUPTED, said))
    return len(running)


def stop(tiles: Sequence[SheetTile], now: datetime) -> int:
    """Those under way are so no more; gives how many that were."""
    under_way = [tile for tile in tiles if State(tile.state).is_under_way]
    for tile in under_way:
        _set(tile, now, Answered(State.STOPPED, "it was stopped before there was a picture"))
    return len(under_way)


def run_again(tiles: Sequence[SheetTile], now: datetime) -> int:
    """They wait anew; those under way are left alone."""
    over = [tile for tile in tiles if not State(tile.state).is_under_way]
    for tile in over:
        tile.attempt += 1
        _set(tile, now, Answered(State.WAITING))
    return len(over)


def is_shown(submission: Submission) -> bool:
    return submission.state == "submitted" and submission.hidden_at is None


def _set(tile: SheetTile, now: datetime, answered: Answered) -> None:
    tile.state, tile.says, tile.changed_at = answered.state, answered.says, now
    tile.seconds, tile.picture_digest = answered.seconds, answered.picture
    tile.took = list(answered.took)
