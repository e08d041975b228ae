"""Same input for all: the form, the sheets that were made, and one, which fills as one looks."""

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse

from gallery.act import Act
from gallery.errors import GalleryError, Invalid, NotAllowed, NotFound
from gallery.judging import results
from gallery.judging.same_input import sheets
from gallery.judging.same_input.examples import EXAMPLES, example
from gallery.judging.same_input.showing import View, sums, view
from gallery.pages.sign_in import PRIVATE
from gallery.services import ServicesDep
from gallery.submissions import uploads
from gallery.web.forms import RowId
from gallery.web.render import fragment
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)

BASE = "/{event_slug}/jury/same-input"
SHORTLIST = 8
"""Demos of it: the first of the ranking as it stands."""
SEED = "42"
DEEDS = {
    "stop": (sheets.stop, "sheet-stopped"),
    "again": (sheets.run_again, "sheet-again"),
    "share": (sheets.share, "sheet-shared"),
    "withdraw": (sheets.withdraw, "sheet-withdrawn"),
    "delete": (sheets.remove, "sheet-deleted"),
}


@dataclass(frozen=True)
class Sent:
    """The form as it came. `picture` is None where nothing was uploaded."""

    prompt: str = ""
    seed: str = SEED
    example: str = EXAMPLES[0]
    choice: str = sheets.CHOSEN
    demos: tuple[str, ...] = ()
    picture: UploadFile | None = None


async def _sent(request: Request) -> AsyncIterator[Sent]:
    """The upload's file lasts as long as the request."""
    async with request.form(max_files=1, max_fields=8 + sheets.DEMOS * 4) as form:
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        picture = form.get("picture")
        yield Sent(
            prompt=texts.get("prompt", ""),
            seed=texts.get("seed", ""),
            example=texts.get("example", EXAMPLES[0]),
            choice=texts.get("choice", sheets.CHOSEN),
            demos=tuple(one for one in form.getlist("demo") if isinstance(one, str)),
            picture=picture if isinstance(picture, UploadFile) and picture.filename else None,
        )


@router.get(BASE)
def form(visit: VisitDep) -> Response:
    """What to give to all, to whom, and the sheets that there are."""
    return _form(visit)


@router.post(BASE)
async def run(
    visit: VisitDep, services: ServicesDep, sent: Annotated[Sent, Depends(_sent)]
) -> Response:
    """Makes the sheet, whose tiles wait for their turn."""
    try:
        demos = await run_in_threadpool(_demos, visit, sent)
        picture = await _picture(visit, sent)
        sheet_id = await to_thread.run_sync(_make, visit, sent, demos, picture)
    except GalleryError as problem:
        return await run_in_threadpool(_form, visit, problem=problem, sent=sent)
    services.same_input.nudge()
    return visit.to(f"/jury/same-input/{sheet_id}", "sheet-made")


@router.get(f"{BASE}/{{sheet_id}}")
def sheet(visit: VisitDep, sheet_id: RowId) -> Response:
    """All answers side by side."""
    return _sheet(visit, sheet_id)


@router.get(f"{BASE}/{{sheet_id}}/tiles")
def tiles(visit: VisitDep, sheet_id: RowId) -> Response:
    """The tiles as they are now, for the page's script."""
    with visit.gallery.database.read() as session:
        seen = view(visit.act(session), sheet_id)
    html = fragment("jury-sheet-tiles.html", sheet=seen, home=_home(visit))
    return JSONResponse({"html": html, "is_over": seen.is_over}, headers=PRIVATE)


@router.post(f"{BASE}/{{sheet_id}}/tiles/{{submission_id}}/again")
def tile_again(
    visit: VisitDep, services: ServicesDep, sheet_id: RowId, submission_id: RowId
) -> Response:
    """One demo is asked once more."""
    answer = visit.change(
        lambda act: sheets.run_again(act, sheet_id=sheet_id, submission_id=submission_id),
        to=f"/jury/same-input/{sheet_id}",
        done="sheet-again",
        refused=lambda problem: _sheet(visit, sheet_id, problem=problem),
    )
    services.same_input.nudge()
    return answer


@router.post(f"{BASE}/{{sheet_id}}/{{deed}}")
def do(visit: VisitDep, services: ServicesDep, sheet_id: RowId, deed: str) -> Response:
    """One of `DEEDS`."""
    if deed not in DEEDS:
        raise NotFound(f"a sheet takes {', '.join(DEEDS)}; open it again")
    use_case, done = DEEDS[deed]
    answer = visit.change(
        lambda act: use_case(act, sheet_id=sheet_id),
        to="/jury/same-input" if deed == "delete" else f"/jury/same-input/{sheet_id}",
        done=done,
        refused=lambda problem: _sheet(visit, sheet_id, problem=problem),
    )
    services.same_input.nudge()
    return answer


def _demos(visit: Visit, sent: Sent) -> list[int]:
    """Whom to ask. The ranking is looked at before a transaction that others would wait for."""
    with visit.gallery.database.read() as session:
        act = visit.act(session)
        sheets.require_panel(act)
        if sent.choice != sheets.SHORTLIST:
            return [_number(one, field="demo", what="a demo's number") for one in sent.demos]
        results.require_may_know(act)
        return list(results.result_of(session, visit.event, visit.now).order[:SHORTLIST])


async def _picture(visit: Visit, sent: Sent) -> str:
    """The digest of what was uploaded, or of one of the examples."""
    file = example(sent.example) if sent.picture is None else sent.picture.file
    kept = await uploads.take(visit.gallery, visit.viewer, visit.now, file)
    return kept.digest


def _make(visit: Visit, sent: Sent, demos: list[int], picture: str) -> int:
    with visit.gallery.database.write() as session:
        made = sheets.make(
            visit.act(session),
            prompt=sent.prompt,
            picture=picture,
            seed=_number(sent.seed, field="seed", what="the seed"),
            demos=demos,
            choice=sheets.SHORTLIST if sent.choice == sheets.SHORTLIST else sheets.CHOSEN,
        )
        return made.id


def _number(typed: str, *, field: str, what: str) -> int:
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 12):
        raise Invalid(
            f"{what} must be a whole number from 0, got “{typed[:20]}”; type another", field=field
        )
    return int(typed)


def _form(
    visit: Visit, *, problem: GalleryError | None = None, sent: Sent | None = None
) -> Response:
    with visit.gallery.database.read() as session:
        act = visit.act(session)
        demos = sheets.offered(act)
        made = sums(act, sheets.listed(act))
        has_shortlist = visit.viewer.organises(visit.event.slug) and _may_know(act)
    chosen = None if sent is None else set(sent.demos)
    return visit.page(
        "jury-same-input.html",
        problem=problem,
        demos=demos,
        chosen=chosen,
        made=made,
        sent=sent or Sent(),
        examples=_shown_examples(),
        has_shortlist=has_shortlist,
        home=_home(visit),
        most=sheets.DEMOS,
    )


def _may_know(act: Act) -> bool:
    try:
        results.require_may_know(act)
    except NotAllowed:
        return False
    return True


def _sheet(visit: Visit, sheet_id: int, *, problem: GalleryError | None = None) -> Response:
    with visit.gallery.database.read() as session:
        seen: View = view(visit.act(session), sheet_id)
    return visit.page("jury-sheet.html", problem=problem, sheet=seen, home=_home(visit))


def _home(visit: Visit) -> str:
    return f"{visit.root}/jury/same-input"


@cache
def _shown_examples() -> dict[str, str]:
    """Each as an address that holds it: they are small, and shown on one page."""
    return {
        name: f"data:image/png;base64,{b64encode(example(name).read()).decode()}"
        for name in EXAMPLES
    }
