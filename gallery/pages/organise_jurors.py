"""What organisers do while a jury is at work: remind, re-assign, give more time."""

from fastapi import APIRouter, Response

from gallery.act import Act
from gallery.event.zones import instant
from gallery.judging import extending, reassigning, reminding
from gallery.pages.organise_jury import show_jury
from gallery.web.forms import Number, RowId, Text
from gallery.web.visit import VisitDep

router = APIRouter(include_in_schema=False)


@router.post("/{event_slug}/organise/jury/jurors/{account_id}/remind")
def remind(visit: VisitDep, account_id: RowId, text: Text = "") -> Response:
    """A letter to who is behind, at most one a day."""
    return visit.change(
        lambda act: reminding.remind(act, account_id=account_id, text=text),
        to="/organise/jury",
        done="juror-reminded",
        refused=lambda problem: show_jury(visit, problem=problem),
    )


@router.post("/{event_slug}/organise/jury/move")
def move(
    visit: VisitDep,
    demo: Number = 0,
    juror: Number = 0,
    to: Number = 0,
    reason: Text = "",
) -> Response:
    """One demo from one juror to another."""
    return visit.change(
        lambda act: reassigning.reassign(
            act, submission_id=demo, from_id=juror, to_id=to, reason=reason
        ),
        to="/organise/jury",
        done="assignment-moved",
        refused=lambda problem: show_jury(visit, problem=problem, moving=(demo, juror, to, reason)),
    )


@router.post("/{event_slug}/organise/jury/extend")
def extend(visit: VisitDep, until: Text = "", reason: Text = "") -> Response:
    """Judging ends later."""

    def extended(act: Act) -> None:
        file = visit.gallery.schedule.files[visit.event.slug]
        when = instant(until, visit.event.zone, field="until")
        extending.extend(act, file=file, until=when, reason=reason)

    return visit.change(
        extended,
        to="/organise/jury",
        done="judging-extended",
        refused=lambda problem: show_jury(visit, problem=problem, extending=(until, reason)),
    )
