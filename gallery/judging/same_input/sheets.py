"""Sheets: made, shared, run again, stopped and deleted, each within its bounds.

Who made one sees it, and organisers do. Other jurors see it only if an organiser made it and shares
it, and never of a demo that they are in conflict with.
"""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Picture, Sheet, SheetTile, Submission
from gallery.errors import Closed, Invalid, NotAllowed, NotFound, TooMany
from gallery.judging import judgings
from gallery.judging.evening import evening, own_order
from gallery.judging.same_input import tiles
from gallery.judging.same_input.tiles import UNDER_WAY, State
from gallery.people import texts

PROMPT_MOST = 500
SEED_MOST = 2**31 - 1
DEMOS = 100
"""Of one sheet."""
UNDER_WAY_EACH = 2
"""Sheets of one person of which something waits or runs; …"""
UNDER_WAY_ALL = 20
"""… and of all."""
KEPT = 30
"""Sheets of one person in an event."""
CHOSEN, SHORTLIST = "chosen", "shortlist"


def require_panel(act: Act) -> int:
    """The account of a juror or an organiser. Raises `NotSignedIn` or `NotAllowed`."""
    account_id = act.actor.require_person("run one input on all demos")
    if act.event.slug not in act.actor.juror_of and not act.actor.organises(act.event.slug):
        raise NotAllowed(
            "one input for all demos is for jurors and organisers; ask an organiser for a link"
        )
    return account_id


def offered(act: Act) -> tuple[Submission, ...]:
    """What may be chosen from, in one's own order: a juror's list, and all for organisers."""
    account_id = require_panel(act)
    if act.actor.organises(act.event.slug):
        found = {demo.id: demo for demo in judgings.demos(act.session, act.event)}
    else:
        found = {one.submission.id: one.submission for one in evening(act).demos}
    return tuple(found[demo] for demo in own_order(act, account_id, found))


def make(
    act: Act,
    *,
    prompt: str,
    picture: str,
    seed: int,
    demos: Sequence[int],
    choice: str = CHOSEN,
) -> Sheet:
    """A sheet whose tiles wait for their turn. `picture` is the digest of one that is kept.

    Raises `NotSignedIn`, `NotAllowed`, `Invalid`, and `TooMany` while others are under way.
    """
    account_id = require_panel(act)
    said = texts.line(prompt, field="prompt", what="the prompt", most=PROMPT_MOST)
    if not 0 <= seed <= SEED_MOST:
        raise Invalid(
            f"the seed must be a whole number from 0 to {SEED_MOST}, got {str(seed)[:20]}; "
            "type another",
            field="seed",
        )
    if act.session.get(Picture, picture) is None:
        raise Invalid("the picture must be one that was uploaded; choose it again", field="picture")
    wanted = _wanted(act, demos)
    _require_room(act, account_id)
    _require_kept_room(act, account_id)
    sheet = Sheet(
        event=act.event.slug,
        account_id=account_id,
        prompt=said,
        picture_digest=picture,
        seed=seed,
        choice=choice,
        made_at=act.now,
        shared_at=None,
    )
    act.session.add(sheet)
    act.session.flush()
    act.session.add_all(
        SheetTile(
            sheet_id=sheet.id,
            submission_id=demo,
            place=place,
            state=State.WAITING,
            attempt=1,
            changed_at=act.now,
            says="",
            took=[],
        )
        for place, demo in enumerate(wanted)
    )
    _record(act, sheet, "made", demos=list(wanted), choice=choice)
    return sheet


def seen(act: Act, sheet_id: int) -> Sheet:
    """The sheet, for who may see it. Raises `NotFound` for all others on the panel alike."""
    account_id = require_panel(act)
    found = act.session.get(Sheet, sheet_id)
    if found is not None and found.event == act.event.slug:
        may = found.account_id == account_id or act.actor.organises(act.event.slug)
        if may or found.shared_at is not None:
            return found
    raise NotFound(f"there is no sheet {sheet_id} here; your own are on the jury's page")


def listed(act: Act) -> tuple[Sheet, ...]:
    """Those that one may see, the newest first."""
    account_id = require_panel(act)
    wanted = select(Sheet).where(Sheet.event == act.event.slug).order_by(Sheet.id.desc())
    if not act.actor.organises(act.event.slug):
        wanted = wanted.where((Sheet.account_id == account_id) | Sheet.shared_at.is_not(None))
    return tuple(act.session.scalars(wanted.limit(200)))


def stop(act: Act, *, sheet_id: int) -> None:
    """What waits or runs ends as it is."""
    sheet = _run_by(act, sheet_id)
    if tiles.stop(_tiles(act.session, sheet), act.now):
        _record(act, sheet, "stopped")


def run_again(act: Act, *, sheet_id: int, submission_id: int | None = None) -> None:
    """One demo once more, or all that have no picture. Raises as `make` does."""
    sheet = _run_by(act, sheet_id)
    wanted = [
        tile
        for tile in _tiles(act.session, sheet)
        if tile.submission_id == submission_id
        or (submission_id is None and tile.state != State.MADE)
    ]
    if submission_id is not None and not wanted:
        raise NotFound("this demo is not on the sheet; open it again")
    _require_room(act, sheet.account_id, besides=sheet.id)
    if tiles.run_again(wanted, act.now):
        _record(act, sheet, "run_again", demos=[tile.submission_id for tile in wanted])


def share(act: Act, *, sheet_id: int) -> None:
    """An organiser lets the jurors see what they made. The shortlist waits until scores are in."""
    sheet = _made_by(act, sheet_id)
    act.actor.require_organiser(act.event.slug)
    if sheet.choice == SHORTLIST and _is_scoring(act):
        raise Closed(
            "a sheet of the shortlist tells jurors how the ranking stands; share it when judging "
            "is closed"
        )
    if sheet.shared_at is None:
        sheet.shared_at = act.now
        _record(
            act,
            sheet,
            "shared",
            prompt=sheet.prompt,
            picture=sheet.picture_digest,
            seed=sheet.seed,
            choice=sheet.choice,
            made_at=sheet.made_at.isoformat(),
            demos=[tile.submission_id for tile in _tiles(act.session, sheet)],
        )


def withdraw(act: Act, *, sheet_id: int) -> None:
    """The jurors see it no more."""
    sheet = _made_by(act, sheet_id)
    if sheet.shared_at is not None:
        sheet.shared_at = None
        _record(act, sheet, "withdrawn")


def remove(act: Act, *, sheet_id: int) -> None:
    """It is gone for everybody; its pictures are swept a day later."""
    sheet = _made_by(act, sheet_id)
    act.session.execute(delete(SheetTile).where(SheetTile.sheet_id == sheet.id))
    act.session.delete(sheet)
    _record(act, sheet, "removed")


def _wanted(act: Act, demos: Sequence[int]) -> tuple[int, ...]:
    """In one's own order, each once."""
    may = [demo.id for demo in offered(act)]
    chosen = set(demos)
    if not chosen:
        raise Invalid("at least one demo must be chosen, got none; tick some", field="demo")
    if not chosen <= set(may):
        raise NotAllowed("a demo that is not on your list was chosen; open the page again")
    if len(chosen) > DEMOS:
        raise Invalid(
            f"one sheet takes at most {DEMOS} demos, got {len(chosen)}; tick fewer", field="demo"
        )
    return tuple(demo for demo in may if demo in chosen)


def _require_room(act: Act, account_id: int, *, besides: int = 0) -> None:
    under_way = act.session.execute(
        select(Sheet.id, Sheet.account_id)
        .join(SheetTile, SheetTile.sheet_id == Sheet.id)
        .where(SheetTile.state.in_(UNDER_WAY), Sheet.id != besides)
        .distinct()
    ).all()
    mine = sum(row.account_id == account_id for row in under_way)
    if mine >= UNDER_WAY_EACH:
        raise TooMany(
            f"{UNDER_WAY_EACH} of your sheets are under way; stop one, or wait until one is done",
            retry_after=60,
        )
    if len(under_way) >= UNDER_WAY_ALL:
        raise TooMany(
            f"{UNDER_WAY_ALL} sheets of others are under way; try again in a few minutes",
            retry_after=120,
        )


def _require_kept_room(act: Act, account_id: int) -> None:
    kept = act.session.scalar(
        select(func.count())
        .select_from(Sheet)
        .where(Sheet.event == act.event.slug, Sheet.account_id == account_id)
    )
    if (kept or 0) >= KEPT:
        raise Invalid(
            f"{KEPT} sheets are kept for one person, and you have {kept}; delete one first",
            field="sheets",
        )


def _is_scoring(act: Act) -> bool:
    try:
        judgings.require_scoring(act)
    except Closed:
        return False
    return True


def _run_by(act: Act, sheet_id: int) -> Sheet:
    """For its maker and the organisers."""
    sheet = seen(act, sheet_id)
    if sheet.account_id != act.actor.account_id and not act.actor.organises(act.event.slug):
        raise NotAllowed("only who made a sheet, or an organiser, runs it; make one of your own")
    return sheet


def _made_by(act: Act, sheet_id: int) -> Sheet:
    sheet = seen(act, sheet_id)
    if sheet.account_id != act.actor.account_id:
        raise NotAllowed("only who made a sheet may do this; make one of your own")
    return sheet


def _tiles(session: Session, sheet: Sheet) -> Sequence[SheetTile]:
    return session.scalars(
        select(SheetTile).where(SheetTile.sheet_id == sheet.id).order_by(SheetTile.place)
    ).all()


def _record(act: Act, sheet: Sheet, verb: str, **details: object) -> None:
    act.record(f"sheet.{verb}", subject=("sheet", sheet.id), details=details)
