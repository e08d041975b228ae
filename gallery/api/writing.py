"""A team's program hands in, saves, submits, withdraws and wakes, by the rules of the pages."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.api.answers import Answer, OwnSubmission
from gallery.api.bodies import Body, Number
from gallery.api.callers import CallerDep, RowId
from gallery.api.shown import CheckRunAnswer, HealthAnswer
from gallery.errors import NotFound
from gallery.sources import health
from gallery.submissions import claims, naming, submissions, waking
from gallery.submissions.access import of_team, seen
from gallery.submissions.checking import Checker
from gallery.submissions.content import SubmissionContent
from gallery.submissions.showing import latest_checks
from gallery.web.dependencies import EventDep, GalleryDep, NowDep

router = APIRouter(prefix="/events/{event_slug}/submissions", tags=["A team’s own"])
Reason = Annotated[
    str, Field(max_length=500, description="Why, if you like to say so; the history shows it")
]

Content = Annotated[
    SubmissionContent,
    Field(examples=[{"space_id": "owner/name", "title": "Sketch to photo"}]),
]


def _checker(request: Request) -> Checker:
    return request.app.state.checker


CheckerDep = Annotated[Checker, Depends(_checker)]


class NewDraft(Body):
    content: Content


class Save(Body):
    number: Number
    content: Content
    reason: Reason = ""


class Submit(Body):
    number: Number
    reason: Reason = ""


class Withdraw(Body):
    reason: Reason = ""


@router.post(
    "",
    status_code=201,
    responses={200: {"model": OwnSubmission, "description": "The team had it, saying the same"}},
)
def create_draft(
    response: Response,
    gallery: GalleryDep,
    event: EventDep,
    caller: CallerDep,
    now: NowDep,
    checker: CheckerDep,
    body: NewDraft,
) -> OwnSubmission:
    """A draft, which nobody else sees. The same once more is answered with 200 and the draft; 409
    `exists` when the team has this Space already and says something else of it: nothing is changed,
    and the sentence says where to save."""
    with gallery.database.write() as session:
        added = submissions.add_draft(Act(session, caller, now, event), content=body.content)
        answer = _answer(session, added.submission)
    if added.is_new:
        checker.soon(answer.id)
    else:
        response.status_code = 200
    response.headers["Location"] = f"/api/v1/events/{event.slug}/submissions/{answer.id}"
    return answer


@router.put("/{submission_id}")
def save(
    gallery: GalleryDep,
    event: EventDep,
    caller: CallerDep,
    now: NowDep,
    checker: CheckerDep,
    submission_id: RowId,
    body: Save,
) -> OwnSubmission:
    """A new revision. 409 `stale` when somebody saved since `number`: nothing is overwritten."""
    naming.ask_about(
        gallery,
        caller,
        event=event,
        submission_id=submission_id,
        content=body.content,
        is_handing_in=False,
    )
    with gallery.database.write() as session:
        saved = submissions.save(
            Act(session, caller, now, event),
            submission_id=submission_id,
            number=body.number,
            content=body.content,
            reason=body.reason,
        )
        answer = _answer(session, saved)
    checker.soon(answer.id)
    return answer


@router.post("/{submission_id}/submit")
def submit(
    gallery: GalleryDep,
    event: EventDep,
    caller: CallerDep,
    now: NowDep,
    submission_id: RowId,
    body: Submit,
) -> OwnSubmission:
    """Hands it in: from now on everybody sees it. Where nobody in the team is known to own the
    Space, it is `waiting`, and `claim` says for what. 422 for a Space, model or dataset that the
    Hub does not have; ids that it spells otherwise are put right, which makes a revision."""
    naming.ask_about(gallery, caller, event=event, submission_id=submission_id)
    with gallery.database.write() as session:
        submitted = submissions.submit(
            Act(session, caller, now, event),
            submission_id=submission_id,
            number=body.number,
            reason=body.reason,
        )
        return _answer(session, submitted)


class ClaimAnswer(Answer):
    """What a submission waits for: its Space is to be shown to be the team's own."""

    space_id: str
    state: str = Field(description="`waiting`, `proved`, `granted` or `refused`")
    line: str = Field(description="What the Space's README must say, below its front matter")
    asked_at: datetime
    reason: str | None


@router.get("/{submission_id}/claim")
def claim(
    gallery: GalleryDep, event: EventDep, caller: CallerDep, submission_id: RowId
) -> ClaimAnswer:
    """How a team shows that a Space is its own: a line in its README, or whose account it is."""
    with gallery.database.read() as session:
        found = of_team(session, caller, event=event, submission_id=submission_id)
        claimed = claims.of(session, found)
        if claimed is None:
            raise NotFound("this submission claims nothing; it needs no proof")
        fields = ("state", "line", "asked_at", "reason")
        values = {name: getattr(claimed, name) for name in fields}
        return ClaimAnswer(space_id=found.space_id, **values)


@router.post("/{submission_id}/claim")
def check_claim(
    gallery: GalleryDep, event: EventDep, caller: CallerDep, submission_id: RowId
) -> OwnSubmission:
    """Looks at the README on the Hub now. 422 when the line is not there (yet)."""
    checked = claims.check(gallery, caller, event=event, submission_id=submission_id)
    return OwnSubmission.of(checked)


@router.post("/{submission_id}/withdraw")
def withdraw(
    gallery: GalleryDep,
    event: EventDep,
    caller: CallerDep,
    now: NowDep,
    submission_id: RowId,
    body: Withdraw,
) -> OwnSubmission:
    """Takes it back; `come-back` undoes that."""
    with gallery.database.write() as session:
        taken = submissions.withdraw(
            Act(session, caller, now, event), submission_id=submission_id, reason=body.reason
        )
        return _answer(session, taken)


@router.post("/{submission_id}/come-back")
def come_back(
    gallery: GalleryDep,
    event: EventDep,
    caller: CallerDep,
    now: NowDep,
    submission_id: RowId,
    body: Withdraw,
) -> OwnSubmission:
    """Undoes `withdraw`."""
    naming.ask_about(gallery, caller, event=event, submission_id=submission_id)
    with gallery.database.write() as session:
        back = submissions.come_back(
            Act(session, caller, now, event), submission_id=submission_id, reason=body.reason
        )
        return _answer(session, back)


@router.post("/{submission_id}/checks")
def run_checks(
    gallery: GalleryDep,
    event: EventDep,
    caller: CallerDep,
    checker: CheckerDep,
    submission_id: RowId,
) -> CheckRunAnswer:
    """Runs all checks now, which may take a minute; they also run by themselves after a save."""
    for _ in checker.run(caller, event=event, submission_id=submission_id):
        pass
    with gallery.database.read() as session:
        return CheckRunAnswer.of(latest_checks(session, submission_id))


@router.post("/{submission_id}/wake", status_code=202)
def wake(
    gallery: GalleryDep, event: EventDep, caller: CallerDep, submission_id: RowId
) -> HealthAnswer:
    """Wakes a demo that sleeps, which takes a minute or two; any team's token may."""
    waking.wake(gallery, caller, event=event, submission_id=submission_id)
    with gallery.database.read() as session:
        space_id = seen(session, caller, event=event, submission_id=submission_id).space_id
        return HealthAnswer.model_validate(health.summary(session, space_id, gallery.clock()))


def _answer(session: Session, submission: submissions.Submission) -> OwnSubmission:
    session.flush()
    return OwnSubmission.of(submission)
