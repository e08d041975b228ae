"""A juror's pages: the list of their demos, and one demo with the form beside it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Ballot, Judging
from gallery.errors import Closed, GalleryError
from gallery.judging import ahead, ballots, conflicts, judgings
from gallery.judging.ballots import Said
from gallery.judging.evening import Mine, evening, lost
from gallery.judging.same_input import sheets, showing
from gallery.pages.submission import demo_address
from gallery.services import Services, ServicesDep
from gallery.submissions.stood import stood
from gallery.web.autosave import Typed, answered
from gallery.web.forms import RowId, Text
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)

Scores = Annotated[dict[str, int], Field(max_length=40)]


class Scored(Typed):
    """A ballot as one types it."""

    scores: Scores = Field(default_factory=dict)
    comment: str = ""
    note: str = ""
    flag: str = ""

    def said(self) -> Said:
        return Said(self.scores, self.comment, self.note, self.flag)


@router.get("/{event_slug}/jury")
def my_demos(visit: VisitDep, services: ServicesDep) -> Response:
    """What is assigned, done and left, and how long it should take. The next are woken."""
    with visit.gallery.database.read() as session:
        act = visit.act(session)
        mine = evening(act)
        judging = judgings.of_event(session, visit.event)
        gone = lost(act)
        made = showing.sums(act, sheets.listed(act))
    services.ahead.soon(ahead.next_demos(mine))
    return visit.page(
        "jury.html",
        evening=mine,
        next=mine.next_after(),
        judging=judging,
        lost=gone,
        made=made,
    )


@router.get("/{event_slug}/jury/{submission_id}")
def judge(visit: VisitDep, services: ServicesDep, submission_id: RowId) -> Response:
    """The demo as it stood at the deadline, and the rubric's form. It and the next are woken."""
    return _judge(visit, submission_id, services=services)


async def _sent(request: Request) -> Mapping[str, str]:
    """A form whose fields depend on the event's rubric."""
    form = await request.form(max_files=0, max_fields=60)
    return {name: value for name, value in form.items() if isinstance(value, str)}


@router.post("/{event_slug}/jury/{submission_id}")
def finish(
    visit: VisitDep, submission_id: RowId, sent: Annotated[Mapping[str, str], Depends(_sent)]
) -> Response:
    """Lets what was typed count, and goes on to the next. Works without a script."""
    said = Said(
        scores={
            criterion.key: _digit(sent[name])
            for criterion in visit.event.rubric.criteria
            if (name := f"score-{criterion.key}") in sent
        },
        **{name: sent.get(name, "") for name in ("comment", "note", "flag")},
    )
    number = sent.get("number", "0")
    visit.require_owner(_whole(sent["owner"]) if sent.get("owner") else None)
    try:
        with visit.gallery.database.write() as session:
            ballots.finish(
                visit.act(session),
                submission_id=submission_id,
                number=_whole(number),
                said=said,
            )
    except GalleryError as problem:
        return _judge(visit, submission_id, problem=problem, said=said)
    following = _following(visit, submission_id)
    if following is None or following.state == "done":
        return visit.to("/jury", "all-judged")
    return visit.to(_path(following), "judged")


@router.post("/{event_slug}/jury/{submission_id}/save")
def save(visit: VisitDep, submission_id: RowId, typed: Scored) -> Response:
    """What was typed so far, for the page's script: it is told the number to go on from."""

    def newest(session: Session) -> tuple[int, dict[str, object]]:
        kept = ballots.mine(session, visit.viewer.account_id or 0, submission_id)
        assert kept is not None, "a save is stale where another is kept"
        return kept.number, _as_typed(visit, kept)

    return answered(
        visit,
        typed,
        lambda act: ballots.save(
            act, submission_id=submission_id, number=typed.number, said=typed.said()
        ),
        newest=newest,
    )


@router.post("/{event_slug}/jury/{submission_id}/skip")
def skip(visit: VisitDep, submission_id: RowId, reason: Text = "") -> Response:
    """It comes back when all others are done."""
    try:
        with visit.gallery.database.write() as session:
            ballots.skip(visit.act(session), submission_id=submission_id, reason=reason)
    except GalleryError as problem:
        return _judge(visit, submission_id, problem=problem, skipping=reason)
    return visit.to(_path(_following(visit, submission_id)), "skipped")


@router.post("/{event_slug}/jury/{submission_id}/conflict")
def conflict(visit: VisitDep, submission_id: RowId, reason: Text = "") -> Response:
    """A juror says that they must not judge this one."""
    try:
        with visit.gallery.database.write() as session:
            conflicts.declare(visit.act(session), submission_id=submission_id, reason=reason)
    except GalleryError as problem:
        return _judge(visit, submission_id, problem=problem, declaring=reason)
    return visit.to(_path(_following(visit)), "conflict-declared")


def _following(visit: Visit, submission_id: int | None = None) -> Mine | None:
    """Looked for when the change is kept: who writes meanwhile need not wait for it."""
    with visit.gallery.database.read() as session:
        return evening(visit.act(session)).next_after(submission_id)


def _judge(
    visit: Visit,
    submission_id: int,
    *,
    services: Services | None = None,
    problem: GalleryError | None = None,
    said: Said | None = None,
    skipping: str = "",
    declaring: str = "",
) -> Response:
    with visit.gallery.database.read() as session:
        act = visit.act(session)
        place = ballots.seat(act, submission_id)
        shown = stood(act, submission_id=submission_id)
        mine = evening(act)
    kept = place.ballot
    if services is not None:
        services.ahead.soon([submission_id, *ahead.next_demos(mine, at=submission_id)])
    return visit.page(
        "jury-demo.html",
        problem=problem,
        shown=shown,
        content=shown.content,
        submission=shown.submission,
        kept=kept,
        said=said or _said(kept),
        evening=mine,
        place=mine.place(submission_id),
        before=mine.before(submission_id),
        after=mine.next_after(submission_id),
        closed=_why_closed(act, place.judging),
        skipping=skipping,
        declaring=declaring,
        demo=demo_address(visit.gallery, shown),
        hub=visit.gallery.settings.hf_endpoint,
    )


def _said(kept: Ballot | None) -> Said:
    if kept is None:
        return Said({})
    return Said(kept.scores, kept.comment, kept.note, kept.flag)


def _as_typed(visit: Visit, kept: Ballot) -> dict[str, object]:
    """As the page's script sends it, in its order, so that it knows its own again."""
    order = (criterion.key for criterion in visit.event.rubric.criteria)
    scores = {key: kept.scores[key] for key in order if key in kept.scores}
    return {"scores": scores, "comment": kept.comment, "note": kept.note, "flag": kept.flag}


def _why_closed(act: Act, judging: Judging | None) -> str:
    """Why nothing is taken now; empty while it is."""
    try:
        judgings.require_scoring_of(act, judging)
    except Closed as closed:
        return str(closed)
    return ""


def _whole(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1


def _digit(typed: str) -> int:
    return int(typed) if typed.isdecimal() and len(typed) < 3 else -1


def _path(following: Mine | None) -> str:
    return "/jury" if following is None else f"/jury/{following.submission.id}"
