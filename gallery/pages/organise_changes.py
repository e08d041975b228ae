"""What organisers decide on their board."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Response

from gallery.act import Act
from gallery.errors import GalleryError, Invalid, NotFound
from gallery.organising import decisions, moderation
from gallery.organising.moderation import Subject
from gallery.pages.organise import (
    show_declining,
    show_people,
    show_reports,
    show_roles,
    show_table,
    show_teams,
)
from gallery.people import roles
from gallery.people.texts import row_id
from gallery.submissions import claims
from gallery.teams import placing
from gallery.web.forms import RowId, Text
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)

DECISIONS = {"accept": decisions.accept, "decline": decisions.decline}
HIDING = {"hide": (moderation.hide, "hidden"), "restore": (moderation.restore, "restored")}
CLAIMS = {"grant": (claims.grant, "claim-granted"), "refuse": (claims.refuse, "claim-refused")}
SUBJECTS = {"ideas": Subject.IDEA, "submissions": Subject.SUBMISSION}


@router.post("/{event_slug}/organise/people")
def decide(
    visit: VisitDep,
    sign_up: Annotated[list[str], Form(default_factory=list)],
    decision: Text = "",
    seen: Text = "waiting",
    message: Text = "",
    confirmed: Text = "",
) -> Response:
    """All that were chosen, or none. Declining who has handed something in is asked once more."""

    def change(act: Act) -> None:
        if decision not in DECISIONS:
            raise NotFound("a decision is accept or decline; open the board again")
        chosen = [row_id(one, what="the sign-up", field="sign_up") for one in sign_up]
        options = {"confirmed": confirmed} if decision == "decline" else {}
        DECISIONS[decision](act, sign_up_ids=chosen, seen=seen, message=message, **options)

    kept = frozenset(int(one) for one in sign_up if one.isdecimal() and len(one) < 12)

    def refused(problem: GalleryError) -> Response:
        if isinstance(problem, Invalid) and problem.field == "confirmed":
            return show_declining(visit, kept, seen=seen, message=message)
        return show_people(visit, chosen=kept, message=message, problem=problem)

    return visit.change(change, to="/organise/people", done="decided", refused=refused)


@router.post("/{event_slug}/organise/people/admit")
def admit(visit: VisitDep, name: Text = "") -> Response:
    """Somebody who has not signed up in time."""
    return visit.change(
        lambda act: decisions.admit(act, name=name),
        to="/organise/people",
        done="admitted",
        refused=lambda problem: show_people(visit, name=name, problem=problem),
    )


@router.post("/{event_slug}/organise/teams")
def place(visit: VisitDep, name: Text = "", team: Text = "") -> Response:
    """Moves somebody into a team, whatever the phase.

    What became of a team that they left is told in this answer alone, so it is no redirect: an
    address says nothing but fixed sentences.
    """
    try:
        with visit.gallery.database.write() as session:
            move = placing.place(
                visit.act(session), name=name, team_id=row_id(team, what="the team", field="team")
            )
    except GalleryError as problem:
        return show_teams(visit, name=name, problem=problem)
    if move.left is None:
        return visit.to("/organise/teams", "placed")
    return show_teams(visit, moved=move.told(visit.event))


@router.post("/{event_slug}/organise/reports/{report_id}/{verb}")
def answer_report(
    visit: VisitDep,
    report_id: RowId,
    verb: str,
    subject: Text = "",
    subject_id: Text = "",
    reason: Text = "",
) -> Response:
    """`hide` hides what was reported, `dismiss` leaves it; both with a reason."""

    def change(act: Act) -> None:
        if verb == "dismiss":
            moderation.dismiss(act, report_id=report_id, reason=reason)
            return
        if verb != "hide" or subject not in list(Subject):
            raise NotFound("a report is answered by hide or dismiss; open the board again")
        moderation.hide(
            act,
            subject=Subject(subject),
            subject_id=row_id(subject_id, what="what was reported", field="subject_id"),
            reason=reason,
        )

    return visit.change(
        change,
        to="/organise/reports",
        done="dismissed" if verb == "dismiss" else "hidden",
        refused=lambda problem: show_reports(visit, reason=reason, problem=problem),
    )


@router.post("/{event_slug}/organise/claims/{submission_id}")
def decide_claim(
    visit: VisitDep, submission_id: RowId, decision: Text = "", reason: Text = ""
) -> Response:
    """`grant` or `refuse`: whether a Space is its team's, with a reason."""
    if decision not in CLAIMS:
        raise NotFound("a claim is decided by grant or refuse; open the board again")
    use_case, done = CLAIMS[decision]
    return _decided(visit, "submissions", use_case, done, reason, submission_id=submission_id)


@router.post("/{event_slug}/organise/roles")
def give_role(visit: VisitDep, name: Text = "", role: Text = "") -> Response:
    """To somebody who has an account."""
    return visit.change(
        lambda act: roles.give(act, name=name, role=role),
        to="/organise/roles",
        done="role-given",
        refused=lambda problem: show_roles(visit, name=name, problem=problem),
    )


@router.post("/{event_slug}/organise/roles/take")
def take_role(visit: VisitDep, name: Text = "", role: Text = "") -> Response:
    """From somebody to whom it was given here."""
    return visit.change(
        lambda act: roles.take(act, name=name, role=role),
        to="/organise/roles",
        done="role-taken",
        refused=lambda problem: show_roles(visit, problem=problem),
    )


@router.post("/{event_slug}/organise/roles/invite")
def invite(visit: VisitDep, role: Text = "", note: Text = "") -> Response:
    """The link is shown in this answer and never again, so it is no redirect."""
    try:
        with visit.gallery.database.write() as session:
            token = roles.invite(visit.act(session), role=role, note=note)
    except GalleryError as problem:
        return show_roles(visit, note=note, problem=problem)
    link = f"{visit.gallery.settings.base_url}/account/invitation/{token}"
    return show_roles(visit, link=link)


@router.post("/{event_slug}/organise/roles/invitations/{invitation_id}/take-back")
def take_back(visit: VisitDep, invitation_id: RowId) -> Response:
    """Its link works no more."""
    return visit.change(
        lambda act: roles.take_back(act, invitation_id=invitation_id),
        to="/organise/roles",
        done="taken-back",
        refused=lambda problem: show_roles(visit, problem=problem),
    )


@router.post("/{event_slug}/organise/{table}/{subject_id}/{verb}")
def hide_or_restore(
    visit: VisitDep, table: str, subject_id: RowId, verb: str, reason: Text = ""
) -> Response:
    """An idea or a submission, with a reason."""
    if table not in SUBJECTS or verb not in HIDING:
        raise NotFound("there is no page at this address; open the board again")
    use_case, done = HIDING[verb]
    which = {"subject": SUBJECTS[table], "subject_id": subject_id}
    return _decided(visit, table, use_case, done, reason, **which)


def _decided(
    visit: Visit,
    table: str,
    use_case: Callable[..., object],
    done: str,
    reason: str,
    **which: object,
) -> Response:
    """What is decided in one of the board's tables, with a reason."""
    return visit.change(
        lambda act: use_case(act, reason=reason, **which),
        to=f"/organise/{table}",
        done=done,
        refused=lambda problem: show_table(visit, table, reason=reason, problem=problem),
    )
