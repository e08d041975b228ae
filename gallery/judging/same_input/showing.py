"""A sheet as one person sees it: tiles in their own order, how far it is, and what comes before."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from gallery.act import Act
from gallery.database.tables import Account, Conflict, Sheet, SheetTile, Submission
from gallery.judging import conflicts
from gallery.judging.evening import own_order
from gallery.judging.same_input import sheets
from gallery.judging.same_input.tiles import State, is_shown
from spaces.hub.demo_inputs import TAKEN


@dataclass(frozen=True)
class Tile:
    """One demo's answer, with what is said of it."""

    submission: Submission
    team: str
    state: State
    version: str
    """Another one as soon as the tile is: what stands on a page is kept while it is the same."""
    says: str
    seconds: float | None
    picture: str | None
    took: str
    """In words: "took words and picture, has no seed"; empty without a picture."""


@dataclass(frozen=True)
class View:
    """`before` are demos of other sheets that are asked first."""

    sheet: Sheet
    maker: str
    is_mine: bool
    may_run: bool
    tiles: tuple[Tile, ...]
    left_out: int
    """Demos that the viewer is in conflict with."""
    before: int

    @property
    def over(self) -> int:
        return sum(not tile.state.is_under_way for tile in self.tiles)

    @property
    def made(self) -> int:
        return sum(tile.state is State.MADE for tile in self.tiles)

    @property
    def is_over(self) -> bool:
        return self.over == len(self.tiles)


def view(act: Act, sheet_id: int) -> View:
    """Raises as `sheets.seen` does."""
    sheet = sheets.seen(act, sheet_id)
    account_id = act.actor.require_account("look at a sheet")
    organises = act.actor.organises(act.event.slug)
    rows = {
        tile.submission_id: (tile, submission)
        for tile, submission in act.session.execute(
            select(SheetTile, Submission)
            .join(Submission, Submission.id == SheetTile.submission_id)
            .where(SheetTile.sheet_id == sheet.id)
        )
    }
    hidden = set() if organises else _in_conflict(act, account_id) & set(rows)
    order = own_order(act, account_id, [demo for demo in rows if demo not in hidden])
    maker = act.session.get_one(Account, sheet.account_id)
    is_mine = sheet.account_id == account_id
    return View(
        sheet=sheet,
        maker=maker.display_name or maker.name,
        is_mine=is_mine,
        may_run=is_mine or organises,
        tiles=tuple(_tile(*rows[demo]) for demo in order),
        left_out=len(hidden),
        before=_before(act, sheet, [tile for tile, _ in rows.values()]),
    )


@dataclass(frozen=True)
class Sum:
    """A sheet on a list, with how many of its demos are asked, and made a picture."""

    sheet: Sheet
    maker: str
    is_mine: bool
    demos: int
    over: int
    made: int


def sums(act: Act, found: Sequence[Sheet]) -> list[Sum]:
    """How far each is, in the order given."""
    account_id = act.actor.require_account("look at sheets")
    ids = [sheet.id for sheet in found]
    by_state: dict[int, dict[State, int]] = defaultdict(dict)
    rows = act.session.execute(
        select(SheetTile.sheet_id, SheetTile.state, func.count())
        .where(SheetTile.sheet_id.in_(ids))
        .group_by(SheetTile.sheet_id, SheetTile.state)
    )
    for sheet_id, state, count in rows:
        by_state[sheet_id][State(state)] = count
    makers = {
        account.id: account.display_name or account.name
        for account in act.session.scalars(
            select(Account).where(Account.id.in_({sheet.account_id for sheet in found}))
        )
    }
    return [
        Sum(
            sheet=sheet,
            maker=makers[sheet.account_id],
            is_mine=sheet.account_id == account_id,
            demos=sum(by_state[sheet.id].values()),
            over=sum(n for state, n in by_state[sheet.id].items() if not state.is_under_way),
            made=by_state[sheet.id].get(State.MADE, 0),
        )
        for sheet in found
    ]


def in_words(took: tuple[str, ...]) -> str:
    """`took words and picture, has no seed`."""
    lacks = [name for name in TAKEN if name not in took]
    said = [f"took {_and(took)}"] if took else []
    said += [f"has no {_or(lacks)}"] if lacks else []
    return ", ".join(said)


def _tile(tile: SheetTile, submission: Submission) -> Tile:
    state = State(tile.state)
    return Tile(
        submission=submission,
        team=submission.team.name,
        state=state,
        version=f"{tile.attempt}-{state.replace(' ', '-')}",
        says=tile.says,
        seconds=tile.seconds,
        picture=tile.picture_digest if is_shown(submission) else None,
        took=in_words(tuple(tile.took)) if state in (State.MADE, State.NO_PICTURE) else "",
    )


def _in_conflict(act: Act, account_id: int) -> set[int]:
    return set(
        act.session.scalars(
            select(Conflict.submission_id).where(
                Conflict.account_id == account_id,
                Conflict.event == act.event.slug,
                Conflict.kind != conflicts.Kind.LIFTED,
            )
        )
    )


def _before(act: Act, sheet: Sheet, own: list[SheetTile]) -> int:
    """Sheets are served in the order in which they came."""
    if not any(tile.state == State.WAITING for tile in own):
        return 0
    waiting = (
        select(func.count())
        .select_from(SheetTile)
        .where(SheetTile.state == State.WAITING, SheetTile.sheet_id < sheet.id)
    )
    return act.session.scalar(waiting) or 0


def _and(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _or(names: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
