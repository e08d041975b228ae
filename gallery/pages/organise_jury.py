"""The organisers' side of judging: handing out, progress, conflicts, closing."""

from fastapi import APIRouter, Response

from gallery.errors import GalleryError, NotFound
from gallery.event.event import PhaseKey
from gallery.judging import attention, conflicts, handing_out, judgings, reminding
from gallery.judging.progress import progress
from gallery.pages.jury_charts import jury_charts
from gallery.pages.organise import section
from gallery.web.forms import Number, RowId, Text
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)

VERBS = {"close": (judgings.close, "judging-closed"), "open": (judgings.reopen, "judging-opened")}


@router.get("/{event_slug}/organise/jury")
def show(visit: VisitDep) -> Response:
    """Who is how far, which demos lack looks, and what was flagged."""
    return show_jury(visit)


@router.post("/{event_slug}/organise/jury/hand-out")
def hand_out(visit: VisitDep, looks: Number = judgings.LOOKS, anchors: Number = 0) -> Response:
    """Gives demos to jurors, or changes as little as possible of what was given."""
    try:
        done = handing_out.hand_out(
            visit.gallery, visit.viewer, event=visit.event, looks=looks, anchors=anchors
        )
    except GalleryError as problem:
        return show_jury(visit, problem=problem, looks=looks, anchors=anchors)
    return show_jury(visit, done=done)


@router.post("/{event_slug}/organise/jury/jurors/{account_id}/{state}")
def set_away(visit: VisitDep, account_id: RowId, state: str, reason: Text = "") -> Response:
    """`away` or `back`."""
    if state not in ("away", "back"):
        raise NotFound("a juror is away or back; open the board again")
    return visit.change(
        lambda act: handing_out.set_away(
            act, account_id=account_id, is_away=state == "away", reason=reason
        ),
        to="/organise/jury",
        done=f"juror-{state}",
        refused=lambda problem: show_jury(visit, problem=problem),
    )


@router.post("/{event_slug}/organise/jury/conflicts/lift")
def lift(visit: VisitDep, juror: Number = 0, demo: Number = 0, reason: Text = "") -> Response:
    """It is none after all."""
    return visit.change(
        lambda act: conflicts.lift(act, account_id=juror, submission_id=demo, reason=reason),
        to="/organise/jury",
        done="conflict-lifted",
        refused=lambda problem: show_jury(visit, problem=problem),
    )


@router.post("/{event_slug}/organise/jury/{verb}")
def turn(visit: VisitDep, verb: str, reason: Text = "") -> Response:
    """`close` or `open`."""
    if verb not in VERBS:
        raise NotFound("judging is closed or opened; open the board again")
    use_case, done = VERBS[verb]
    return visit.change(
        lambda act: use_case(act, reason=reason),
        to="/organise/jury",
        done=done,
        refused=lambda problem: show_jury(visit, problem=problem),
    )


def show_jury(
    visit: Visit,
    *,
    problem: GalleryError | None = None,
    done: handing_out.HandedOut | None = None,
    looks: int | None = None,
    anchors: int | None = None,
    moving: tuple[int, int, int, str] = (0, 0, 0, ""),
    extending: tuple[str, str] = ("", ""),
) -> Response:
    """The board of the jury, with what was typed and refused in its form again."""
    event = visit.event
    with visit.gallery.database.read() as session:
        act = visit.act(session)
        found = progress(act)
        tasks = attention.tasks(act, found, file=visit.gallery.schedule.files[event.slug])
        hidden = attention.may_know_scores(act)
    ends = event.phase(PhaseKey.JUDGING).ends
    return section(
        visit,
        "jury",
        problem=problem,
        progress=found,
        part="",
        tasks=tasks,
        hidden=hidden,
        charts=jury_charts(event, visit.now, found),
        done=done,
        looks=looks or found.looks,
        anchors=found.anchors if anchors is None else anchors,
        moving=moving,
        extending=extending,
        local=ends.astimezone(event.zone).strftime("%Y-%m-%dT%H:%M"),
        letter=lambda left: reminding.words_for(event, left),
        letter_most=reminding.TEXT_MOST,
    )
