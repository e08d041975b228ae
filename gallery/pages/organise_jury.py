"""The organisers' side of judging: handing out, progress, the ranking, and publishing it."""

import json

from fastapi import APIRouter, Response

from gallery.act import Act
from gallery.errors import GalleryError, Invalid, NotFound
from gallery.event.event import PhaseKey
from gallery.judging import (
    attention,
    conflicts,
    handing_out,
    judgings,
    reminding,
    results,
)
from gallery.judging.progress import progress
from gallery.pages.jury_charts import jury_charts
from gallery.pages.organise import section
from gallery.pages.sign_in import PRIVATE
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
    return show_jury(visit, done=done, anchors=anchors)


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


@router.get("/{event_slug}/organise/result")
def result(visit: VisitDep) -> Response:
    """The ranking as it stands, with how sure it is."""
    return _result(visit)


@router.post("/{event_slug}/organise/result/settle")
def settle(
    visit: VisitDep,
    first: Number = 0,
    second: Number = 0,
    third: Number = 0,
    reason: Text = "",
) -> Response:
    """The final order of the first three; another than the ranking's takes a reason."""
    order = [demo for demo in (first, second, third) if demo]
    _look(visit)
    return visit.change(
        lambda act: results.settle(act, order=order, reason=reason),
        to="/organise/result",
        done="result-settled",
        refused=lambda problem: _result(visit, problem=problem, reason=reason, order=order),
    )


@router.post("/{event_slug}/organise/result/publish")
def publish(visit: VisitDep, confirmed: Text = "") -> Response:
    """Once, and for good: a tick says that it is meant."""

    _look(visit)

    def published(act: Act) -> None:
        if not confirmed:
            raise Invalid("publishing takes the tick that it is final; tick it", field="confirmed")
        results.publish(act)

    return visit.change(
        published,
        to="/results",
        done="result-published",
        refused=lambda problem: _result(visit, problem=problem),
    )


@router.get("/{event_slug}/organise/result.json")
def export(visit: VisitDep) -> Response:
    """All that the result is made of, ballots under pseudonyms, for `gallery jury recompute`."""
    with visit.gallery.database.read() as session:
        results.require_may_know(visit.act(session))
        told = results.export(session, visit.event, visit.now)
    text = json.dumps(told, ensure_ascii=False, indent=2)
    name = f'attachment; filename="{visit.event.slug}-result.json"'
    return Response(
        text, media_type="application/json", headers={**PRIVATE, "Content-Disposition": name}
    )


def _look(visit: Visit) -> results.Result:
    """The result as it stands: reckoned before a transaction that others would wait for."""
    with visit.gallery.database.read() as session:
        results.require_may_know(visit.act(session))
        return results.result_of(session, visit.event, visit.now)


def show_jury(
    visit: Visit,
    *,
    problem: GalleryError | None = None,
    done: handing_out.HandedOut | None = None,
    looks: int | None = None,
    anchors: int = 0,
    moving: tuple[int, int, int, str] = (0, 0, 0, ""),
    extending: tuple[str, str] = ("", ""),
) -> Response:
    """The board of the jury, with what was typed and refused in its form again."""
    event = visit.event
    with visit.gallery.database.read() as session:
        act = visit.act(session)
        found = progress(act)
        tasks = attention.tasks(act, found)
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
        anchors=anchors,
        moving=moving,
        extending=extending,
        local=ends.astimezone(event.zone).strftime("%Y-%m-%dT%H:%M"),
        letter=lambda left: reminding.words_for(event, left),
        letter_most=reminding.TEXT_MOST,
    )


def _result(
    visit: Visit,
    *,
    problem: GalleryError | None = None,
    reason: str = "",
    order: list[int] | None = None,
) -> Response:
    with visit.gallery.database.read() as session:
        results.require_may_know(visit.act(session))
        judging = judgings.of_event(session, visit.event)
        found = results.published(session, visit.event) or results.result_of(
            session, visit.event, visit.now
        )
    return section(
        visit,
        "result",
        problem=problem,
        result=found,
        judging=judging,
        reason=reason or found.reason,
        order=order or list(found.order[: results.PODIUM]),
    )
